import type { HiddenText } from '../../documents/document.ts';
import type { Span } from '../../language/span.ts';
import { guardText, type GuardedText } from '../text/guarded-text.ts';
import { decodeText } from './decode-text.ts';
import type { InjectionDetector } from './injection-detector.ts';
import { findInjectionHits } from './injection-marks.ts';

export type FindingKind =
  | HiddenText['kind']
  | 'zero_width'
  | 'tag_characters'
  | 'direction_marks'
  | 'instruction'
  | 'encoded_instruction';

/** Something in a document that its readers do not see, or that speaks to a model. `detail` quotes nothing; offsets are into its text. */
export type InjectionFinding = {
  kind: FindingKind;
  detail: string;
  score: number;
  start?: number;
  end?: number;
};

export type InjectionAudit = { findings: InjectionFinding[]; quarantine: boolean };

/** Zero-width characters are a part of some scripts and of emoji; inside Latin words they only hide something. */
const HIDDEN_IN_WORD = /[a-z][\u00ad\u200b-\u200d\u2060\ufeff]+[a-z]/gi;
const MANY_IN_WORDS = 5;
const FEWEST_SPELLED = 4;
const OVERRIDE = /[\u202d\u202e]/;
const MOST_FINDINGS = 100;

/**
 * Looks for instructions to a model in a document: in what its file hides (`hidden`), in invisible characters, in comments, encoded, and in
 * plain sight. Harmless hidden text is no finding. Everything that gives orders and is hidden quarantines.
 */
export function auditInjection(
  text: GuardedText,
  hidden: readonly HiddenText[],
  detector: InjectionDetector,
): InjectionAudit {
  const findings: InjectionFinding[] = [];
  let quarantine = false;
  const instructs = (said: string) => detector.check(guardText(said), 'document');
  const hold = (finding: InjectionFinding) => {
    findings.push(finding);
    quarantine = true;
  };
  for (const { kind, text: said } of hidden) {
    const { detected, score } = instructs(said);
    if (detected) hold({ kind, detail: 'Text that readers do not see gives orders to a model.', score });
  }
  for (const { start, end } of findComments(text.original)) {
    const { detected, score } = instructs(text.original.slice(start, end));
    if (detected) hold({ kind: 'comment', detail: 'A comment gives orders to a model.', score, start, end });
  }
  for (const { kind, start, end, text: said } of text.hidden) {
    if (kind === 'tag' && said.replace(/[^a-z]/gi, '').length >= FEWEST_SPELLED && !isFlag(text, start, said))
      hold({
        kind: 'tag_characters',
        detail: 'Invisible tag characters spell a text.',
        score: 1,
        start,
        end,
      });
    // Marks that turn the direction belong to Hebrew and Arabic; overrides show one text and hold another.
    else if (kind === 'direction' && OVERRIDE.test(text.original.slice(start, end)))
      findings.push({
        kind: 'direction_marks',
        detail: 'Characters turn the direction of the text.',
        score: 0.5,
        start,
        end,
      });
  }
  const inWords = text.original.match(HIDDEN_IN_WORD)?.length ?? 0;
  if (inWords >= MANY_IN_WORDS)
    findings.push({ kind: 'zero_width', detail: 'Words are broken up by invisible characters.', score: 0.5 });
  // The detector takes as long for a document as all the rest: it is asked where a phrase of attacks, or a code, stands.
  const isWorthAsking = findInjectionHits(text).length > 0 || decodeText(text).length > 0;
  const verdict = isWorthAsking ? detector.check(text, 'document') : undefined;
  if (verdict?.detected) {
    const { score, kind, spans } = verdict;
    const isEncoded = kind === 'encoding' || kind === 'hidden_text';
    const finding = {
      kind: isEncoded ? ('encoded_instruction' as const) : ('instruction' as const),
      detail: isEncoded ? 'Encoded text gives orders to a model.' : 'The text gives orders to a model.',
      score,
      ...spans[0],
    };
    if (isEncoded || inWords >= MANY_IN_WORDS) hold(finding);
    else findings.push(finding);
  }
  return { findings: findings.slice(0, MOST_FINDINGS), quarantine };
}

/** The flags of England, Scotland and Wales are a black flag with a region's code in tags. */
function isFlag({ original }: GuardedText, start: number, said: string): boolean {
  return original.slice(start - 2, start) === '🏴' && /^[a-z]{4,5}\x7f$/.test(said);
}

/** Comments of Markdown and HTML that still stand in a text; one that never ends goes on to the end. */
function findComments(text: string): Span[] {
  const spans: Span[] = [];
  for (let start = text.indexOf('<!--'); start !== -1; start = text.indexOf('<!--', spans.at(-1)!.end)) {
    const close = text.indexOf('-->', start);
    spans.push({ start, end: close === -1 ? text.length : close + 3 });
  }
  return spans;
}
