// Prints, as JSON, which work takes more than linear time on which piece of text, repeated: [work, piece, ms, ms of four times as much].
// In a process of its own: in Jest's sandbox every global costs so much that nothing can be said of time.
import { cleanProse } from '../../src/documents/clean-text.ts';
import { answersKind } from '../../src/evidence/expected-answer.ts';
import { weighEvidence } from '../../src/evidence/weigh-evidence.ts';
import { plainWords } from '../../src/guardrails/classifier/plain-words.ts';
import { ContentFilter } from '../../src/guardrails/content/content-filter.ts';
import { decodeText } from '../../src/guardrails/injection/decode-text.ts';
import { createInjectionDetector } from '../../src/guardrails/injection/injection-detector.ts';
import { findRuleHits } from '../../src/guardrails/injection/injection-rules.ts';
import { PiiDetector } from '../../src/guardrails/pii/pii-detector.ts';
import { guardText } from '../../src/guardrails/text/guarded-text.ts';
import { stems } from '../../src/index-store/terms.ts';
import { detectLanguage } from '../../src/language/detect-language.ts';
import { sentences } from '../../src/language/sentences.ts';
import { estimateTokens } from '../../src/llms/estimate-tokens.ts';
import { createCitationFilter } from '../../src/rag/citation-filter.ts';
import { verifyAnswer } from '../../src/rag/verify-answer.ts';
import { passageOf } from './passage.ts';

const [pieces, length] = process.argv.slice(2).map((argument) => JSON.parse(argument) as unknown) as [
  string[],
  number,
];
const TIMES = 4;
/** Less says nothing. */
const LEAST_MS = 40;
/** Four times as much takes 4 times as long where time is linear, and 16 where it is quadratic. */
const MOST_GROWTH = 9;
const TRIES = 4;

const pii = new PiiDetector();
const content = new ContentFilter();
const injection = createInjectionDetector();
const languages = ['english' as const];
const terms = ['cat', 'mat'].map((stem) => ({ stems: [stem], weight: 1, isKnown: true }));
const asked = (question: string) => ({ question, terms, languages });
const passage = passageOf('The cat sat on the mat. It was a fine day in Tokyo, said Ann Miller.');
const evidence = weighEvidence(asked('Where?'), [passage]);

const WORK: Record<string, (text: string) => unknown> = {
  normalise: (text) => guardText(text).tokens,
  pii: (text) => pii.scan(text),
  content: (text) => content.judge(guardText(text)),
  injection: (text) => injection.check(guardText(text), 'input'),
  'injection rules': findRuleHits,
  'plain words': (text) => plainWords(guardText(text)),
  decode: (text) => decodeText(guardText(text)),
  sentences: (text) => sentences(text),
  stems: (text) => stems(text, 'english'),
  language: detectLanguage,
  'token estimate': estimateTokens,
  'clean prose': cleanProse,
  'kind of answer': (text) => answersKind('Who is it?', text),
  question: (text) => weighEvidence(asked(text), [passage]),
  passage: (text) => weighEvidence(asked('Where is the cat?'), [passageOf(text)]),
  citations: (text) => {
    const filter = createCitationFilter(5);
    return filter.push(text) + filter.end();
  },
  verify: (text) => verifyAnswer(text, asked('Where?'), evidence, 'default'),
};

const timed = async (work: (text: string) => unknown, text: string): Promise<number> => {
  const { user } = process.cpuUsage();
  await work(text);
  return (process.cpuUsage().user - user) / 1_000;
};
const repeated = (piece: string, to: number) => piece.repeat(Math.ceil(to / piece.length)).slice(0, to);

const slow: [string, string, number, number][] = [];
for (const [name, work] of Object.entries(WORK)) {
  for (let round = 0; round < 5; round++) await work('To ann@example.com [1], +1 415 555 0132. 東京');
  for (const piece of pieces) {
    let once = Infinity;
    let more = Infinity;
    for (let tries = 0; tries < TRIES && !(more < LEAST_MS || more / once <= MOST_GROWTH); tries++) {
      more = Math.min(more, await timed(work, repeated(piece, TIMES * length)));
      if (more >= LEAST_MS) once = Math.min(once, await timed(work, repeated(piece, length)));
    }
    if (more >= LEAST_MS && more / once > MOST_GROWTH) slow.push([name, piece, once, more]);
  }
}
process.stdout.write(JSON.stringify(slow));
