// Measures the guardrails: `npm run eval:guardrails -- ../shared/data [pii|content|injection|topics] [--errors]`.
import { evaluateContent } from './guardrails/content.ts';
import { evaluateInjection } from './guardrails/injection.ts';
import { evaluatePii } from './guardrails/pii.ts';
import { evaluateTopics } from './guardrails/topics.ts';

const PARTS = {
  pii: evaluatePii,
  content: evaluateContent,
  injection: evaluateInjection,
  topics: evaluateTopics,
};

const [folder = '../shared/data', ...rest] = process.argv.slice(2);
const errors = rest.includes('--errors');
const wanted = rest.filter((word) => word !== '--errors');

for (const [name, evaluate] of Object.entries(PARTS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  process.stdout.write(`\n# ${name}\n\n${evaluate(folder, { errors }).join('\n')}\n`);
}
