import { failureInReply, malformedReply } from '../openai/openai-failure.ts';
import type { ReplyEvent } from '../openai/read-reply.ts';
import type { AnswerPart, TokenCount } from './answer-model.ts';
import { contentOf, replySchema, usageOf, type ChatMessage, type ChatReply } from './chat-reply.ts';
import { finishReasonOf, type FinishReason } from './finish-reason.ts';
import { plainName } from './plain-name.ts';
import { createThinkingFilter } from './thinking-filter.ts';

export type ReadAnswerOptions = {
  /** The model that was asked, where the reply does not say another. */
  model: string;
  /** What it writes first was thought, up to the mark that ends a thought. */
  beginsThinking: boolean;
  /** Called when that turns out too late. */
  onThoughtSaid: () => void;
};

/**
 * The parts of an answer, from what a reply is made of. It is finished where the provider says why it stopped, or that there is
 * no more; what comes to an end without either was broken off.
 *
 * @throws AppError `upstream_error` for what is not an answer; whatever reading throws before it was finished
 */
export async function* readAnswer(
  reply: AsyncIterable<ReplyEvent>,
  { model: asked, beginsThinking, onThoughtSaid }: ReadAnswerOptions,
): AsyncGenerator<AnswerPart, void> {
  const filter = createThinkingFilter(beginsThinking);
  let model = asked;
  let id: string | undefined;
  let usage: TokenCount | undefined;
  let finished: FinishReason | undefined;
  let isDone = false;
  let hasText = false as boolean;
  let hasRefused = false as boolean;
  let hasCalled = false as boolean;
  const parts = function* (heard: ReturnType<typeof filter.push>): Iterable<AnswerPart> {
    if (heard.isLate) {
      onThoughtSaid();
      throw malformedReply();
    }
    hasText ||= heard.said.trim() !== '';
    if (heard.thought !== '') yield { type: 'thought', text: heard.thought };
    if (heard.said !== '') yield { type: 'text', text: heard.said };
  };
  const partsOf = function* (message: ChatMessage): Iterable<AnswerPart> {
    const { text, refusal, thought } = contentOf(message);
    if (thought !== '') yield { type: 'thought', text: thought };
    yield* parts(filter.push(text));
    hasRefused ||= refusal.trim() !== '';
    if (refusal !== '') yield* parts({ said: refusal, thought: '', isLate: false });
    hasCalled ||= (message.tool_calls ?? []).length > 0 || Boolean(message.function_call);
  };

  const unlessFinished = (): boolean => finished === undefined;
  for await (const event of untilBroken(reply, unlessFinished)) {
    if (event === 'done') {
      isDone = true;
      break;
    }
    const chunk = chunkOf(event.data);
    const choice = choiceOf(chunk);
    if (typeof chunk.id === 'string' && chunk.id !== '') id = chunk.id;
    model = plainName(typeof chunk.model === 'string' ? chunk.model : undefined) ?? model;
    usage = usageOf(chunk) ?? usage;
    const reason = finishReasonOf(
      choice?.finish_reason ?? (chunk.done ? (chunk.done_reason ?? 'stop') : null),
    );
    if (reason === 'error') throw failureInReply({ message: 'error' });
    finished = reason ?? finished;
    const message = choice?.delta ?? (hasText ? undefined : choice?.message) ?? chunk.message;
    if (message) yield* partsOf(message);
    else if (choice?.text) yield* parts(filter.push(choice.text));
  }
  yield* parts(filter.end());
  if (finished === undefined && !isDone) throw malformedReply();
  const finishReason = hasRefused ? 'refusal' : (finished ?? 'stop');
  if (!hasText && finishReason === 'stop' && !hasCalled) throw malformedReply();
  yield {
    type: 'end',
    model,
    // Who counts no word of what was written has not counted.
    usage: hasText && usage?.completionTokens === 0 ? undefined : usage,
    id,
    finishReason: !hasText && finishReason === 'stop' ? 'tool_calls' : finishReason,
  };
}

/** Once an answer is finished, a connection that breaks takes nothing away but the count. */
async function* untilBroken(
  reply: AsyncIterable<ReplyEvent>,
  matters: () => boolean,
): AsyncGenerator<ReplyEvent, void> {
  try {
    yield* reply;
  } catch (error) {
    if (matters()) throw error;
  }
}

function chunkOf(data: unknown): ChatReply {
  const parsed = replySchema.safeParse(data);
  if (!parsed.success) throw malformedReply(parsed.error);
  const chunk = parsed.data;
  const error = chunk.error ?? chunk.choices?.find((choice) => choice.error)?.error;
  if (error !== undefined && error !== null && error !== false && error !== '') throw failureInReply(error);
  if (chunk.object === 'error') throw failureInReply(data);
  return chunk;
}

/** The first answer, where there are several. */
function choiceOf({ choices }: ChatReply) {
  return (choices ?? []).find(({ index }) => (index ?? 0) === 0);
}
