import { NOTHING_KNOWN, type KnownValues } from '../pii/known-values.ts';
import type { MaskingVault } from '../pii/masking-vault.ts';
import { redacted } from '../pii/placeholders.ts';
import type { PiiEntity, PiiType } from '../verdict.ts';
import { createContentStage, type JudgeContent } from './content-stage.ts';
import { openPlace } from './open-place.ts';
import { createPhraseAutomaton } from './phrase-automaton.ts';
import { createPhraseStage } from './phrase-stage.ts';
import { createPiiStage, type Locality } from './pii-stage.ts';
import { createPlaceholderStage } from './placeholder-stage.ts';
import { chain, type Stage } from './stage.ts';
import { createStructureStage, type JsonSchema } from './structure-stage.ts';
import { createVisibleStage } from './visible-stage.ts';

export type OutputPii = {
  scan: (text: string, known: KnownValues) => { entities: readonly PiiEntity[] };
  /** For values that the caller did not send. */
  action: 'redact' | 'block' | 'off';
  /** What the answer's placeholders stand for. */
  vault?: MaskingVault;
  /** Values that may go out whoever sent them. */
  isAllowed?: (value: string) => boolean;
  /** How far the scanner looks; as the shipped detector does where absent. */
  locality?: Locality;
  /** Where text to come may still make a finding; made for the shipped detector. `() => 0` is right for any local scanner. */
  openFrom?: (text: string, known: KnownValues) => number;
};

export type OutputGateOptions = {
  pii?: OutputPii;
  /** Strings that stop an answer wherever they stand in it, in any case, width or spacing. */
  secrets?: readonly string[];
  bannedPhrases?: readonly string[];
  content?: JudgeContent;
  /** The answer must be JSON that fits it: nothing goes out before all of it has come. */
  jsonSchema?: JsonSchema;
};

/** Stands between a model and its reader. Once it has thrown, it gives out nothing more. */
export type OutputGate = Stage & {
  /** The types of the values taken out so far, one for each. */
  readonly redactions: readonly PiiType[];
};

/** As far as the shipped tagger looks: its runs are of at most 64 words, and it has to be out of one where a window begins. */
const SHIPPED_LOCALITY: Locality = { left: 600, right: 100, longest: 400 };

/**
 * Checks an answer as it streams. What comes out is the same however the answer is cut.
 *
 * @throws OutputBlocked from `push` and `end`; of several reasons, the one that is met first. A scanner's or judge's own
 *   failure passes through, and closes the gate as well.
 */
export function createOutputGate(options: OutputGateOptions): OutputGate {
  const redactions: PiiType[] = [];
  const { pii, secrets = [], bannedPhrases = [], content, jsonSchema } = options;
  const phrases = createPhraseAutomaton([
    ...secrets.map((text) => ({ text, label: 'secret' as const })),
    ...bannedPhrases.map((text) => ({ text, label: 'phrase' as const })),
  ]);
  const createCheck = () =>
    chain([
      createVisibleStage(),
      createPhraseStage(phrases),
      ...(pii ? piiStages(pii, (type) => redactions.push(type)) : []),
      // What was put back is part of the answer too.
      ...(pii?.vault ? [createPhraseStage(phrases)] : []),
      ...(content ? [createContentStage(content)] : []),
    ]);
  const stage = jsonSchema === undefined ? createCheck() : createStructureStage(jsonSchema, createCheck);

  let failure: { error: unknown } | undefined;
  const closing = (step: () => string): string => {
    if (failure) throw failure.error;
    try {
      return step();
    } catch (error) {
      failure = { error };
      throw error;
    }
  };
  return {
    redactions,
    push: (piece) => closing(() => stage.push(piece)),
    end: () => closing(() => stage.end()),
  };
}

function piiStages(options: OutputPii, onRedacted: (type: PiiType) => void): Stage[] {
  const { scan, action, vault, isAllowed = () => false, locality = SHIPPED_LOCALITY } = options;
  const isCallers = ({ type, value }: { type: PiiType; value: string }) =>
    vault?.isCallers(type, value) === true;
  // Passages are masked before the model is asked: what they hold is known when its answer begins.
  const known = () => vault?.known() ?? NOTHING_KNOWN;
  const openFrom = options.openFrom ?? openPlace;
  const restore = createPlaceholderStage((placeholder) => {
    const known = vault?.lookup(placeholder);
    if (!known || action === 'off' || isCallers(known) || isAllowed(known.value)) return known?.value;
    onRedacted(known.type);
    return redacted(known.type);
  });
  if (action === 'off') return [restore];
  const take = createPiiStage({
    scan: (text) => scan(text, known()).entities,
    action,
    locality,
    openFrom: (text) => openFrom(text, known()),
    isExempt: (entity) => isAllowed(entity.value) || isCallers(entity),
    isPlaceholder: (placeholder) => vault?.lookup(placeholder) !== undefined,
    onRedacted,
  });
  return [take, restore];
}
