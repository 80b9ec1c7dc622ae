import type { Application } from '../../src/compose.ts';
import { finalAnswer, type Answer } from '../../src/rag/answer.ts';
import type { Dataset } from './dataset.ts';
import { mean } from './metrics.ts';
import { ingestCorpus, removeTenant } from './open-application.ts';

const BINS = 5;

/** What the answering model does with questions that the documents answer, and with those that they only seem to. */
export async function measureRefusals(
  application: Application,
  tenant: string,
  { corpus, queries }: Dataset,
  print: (line?: string) => void,
): Promise<void> {
  await ingestCorpus(application, tenant, corpus);
  const outcomes: { answerable: boolean; answer: Answer; right: boolean }[] = [];
  for (const { text, answerable, answers } of queries) {
    const answer = await ask(application, tenant, text);
    const quotes = answer.citations.map((citation) => citation.quote).join('\n');
    const right = answerable === true && (answers ?? []).some((expected) => quotes.includes(expected));
    outcomes.push({ answerable: answerable === true, answer, right });
  }
  await removeTenant(application, tenant);
  const refusalRate = (some: typeof outcomes) => mean(some.map(({ answer }) => Number(answer.refused)));
  const answered = outcomes.filter(({ answer }) => !answer.refused);
  print(`\nsquad2 answers (${application.settings.LLM_PROVIDER}): ${outcomes.length} questions`);
  print(
    `  refused, of the unanswerable   ${refusalRate(outcomes.filter((one) => !one.answerable)).toFixed(4)}`,
  );
  print(
    `  refused, of the answerable     ${refusalRate(outcomes.filter((one) => one.answerable)).toFixed(4)}  (false refusals)`,
  );
  print(
    `  right, of the answers given to answerable questions ${mean(answered.filter((one) => one.answerable).map(({ right }) => Number(right))).toFixed(4)}`,
  );
  print('  calibration: confidence given -> share of them right');
  let gap = 0;
  for (let bin = 0; bin < BINS; bin += 1) {
    const some = answered.filter(
      ({ answer }) => Math.min(BINS - 1, Math.floor(answer.confidence * BINS)) === bin,
    );
    if (some.length === 0) continue;
    const given = mean(some.map(({ answer }) => answer.confidence));
    const right = mean(some.map((one) => Number(one.right)));
    gap += (Math.abs(given - right) * some.length) / answered.length;
    print(`    ${given.toFixed(2)} -> ${right.toFixed(2)}  (${some.length})`);
  }
  print(`  expected calibration error ${gap.toFixed(4)}`);
}

async function ask(
  { answerQuestion, guardrails }: Application,
  tenant: string,
  text: string,
): Promise<Answer> {
  const events = answerQuestion(
    { tenant, subject: 'evaluation', scopes: ['query'], groups: [] },
    { admitted: await guardrails.admit(text), topK: 5 },
    { stream: false, signal: new AbortController().signal },
  );
  return finalAnswer(events);
}
