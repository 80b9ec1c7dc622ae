import { AppError } from '../errors/app-error.ts';
import type { Examination } from './examine.ts';
import { createMaskingVault, type MaskingVault } from './pii/masking-vault.ts';
import { replaceEntities } from './pii/replace-entities.ts';
import { passOn } from './pass-on.ts';
import type { GuardrailPolicy } from './policy.ts';
import { countTypes } from './count-types.ts';
import type { GuardrailReport, PiiEntity } from './verdict.ts';

/** A question that may go on. */
export type AdmittedQuestion = {
  /** What may leave this process: personal data masked or redacted, as the policy says. */
  text: string;
  /** What retrieval reads in this process, and nothing else: as it was sent, without what is redacted for good, or guessed by the dozen. */
  plain: string;
  /** What the placeholders in `text` stand for. */
  vault: MaskingVault;
  /** What was done so far; what is done to the answer is added. */
  report: GuardrailReport;
  /** What is answered instead of looking into the documents. */
  refusal: { reason: 'topic' | 'self_harm'; message: string } | undefined;
};

export type RefusalMessages = { topic: string; selfHarm: string | undefined };

/**
 * Applies a policy to what was found in a question.
 *
 * @throws AppError `pii_blocked`, `prompt_injection` or `content_blocked`
 */
export function admitQuestion(
  original: string,
  examination: Examination,
  policy: GuardrailPolicy,
  messages: RefusalMessages,
): AdmittedQuestion {
  const { entities, content, injection, topic } = examination;
  const { piiAction, injectionAction } = policy;
  const found = piiAction === 'off' ? [] : entities;
  const vault = createMaskingVault();
  const { text } = passOn(original, examination, policy, vault);
  const counted = countTypes(found);
  // What is found, and how well, would tell which of many guesses stands in a document. Names are shown to everybody.
  const isGuessed = ({ type }: PiiEntity) => type !== 'PERSON' && vault.hasTooMany(type);
  const admitted = (flags: string[], refusal?: AdmittedQuestion['refusal']): AdmittedQuestion => ({
    text,
    plain: replaceEntities(original, piiAction === 'redact' ? found : entities.filter(isGuessed), () => ''),
    vault,
    report: { redactions: counted.map((one) => ({ ...one, where: 'input' })), flags },
    refusal,
  });

  // Somebody who asks for help is heard, whatever else the text holds.
  if (content.blocked && content.selfHarmKind === 'help_seeking' && messages.selfHarm !== undefined)
    return admitted(['self_harm'], { reason: 'self_harm', message: messages.selfHarm });
  if (piiAction === 'block' && found.length > 0) {
    const types = counted.map(({ type }) => type).join(', ');
    throw new AppError('pii_blocked', `The question holds personal data (${types}): leave it out.`);
  }
  if (injection.detected && injectionAction === 'block')
    throw new AppError('prompt_injection', 'The question tries to change the instructions of the model.');
  if (content.blocked)
    throw new AppError('content_blocked', content.reason ?? 'The question is blocked.', {
      ...(content.category === null ? {} : { category: content.category }),
    });
  const flags = injection.detected && injectionAction === 'flag' ? ['prompt_injection'] : [];
  return topic.allowed
    ? admitted(flags)
    : admitted([...flags, 'topic'], { reason: 'topic', message: messages.topic });
}
