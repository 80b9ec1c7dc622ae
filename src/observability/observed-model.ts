import type { AnswerModel, AnswerPart, TokenCount } from '../llms/answer-model.ts';
import { plainName } from '../llms/plain-name.ts';
import { nanoUsd, usdOf, type Price } from '../llms/prices.ts';
import { failureCode } from './failure-code.ts';
import { ERROR_TYPE, GEN_AI, SALLYPORT, SERVER_ADDRESS } from './gen-ai-names.ts';
import { secondsSince, type Telemetry } from './telemetry.ts';
import type { Span } from './tracer.ts';

export type ModelDescription = {
  provider: string;
  /** Host of the provider; absent for a model in this process. */
  server: string | undefined;
  /** Absent where it is not known. */
  price: Price | undefined;
};

/** A model whose calls are traced and measured. Prompts and answers are not looked at. */
export function observeModel(
  model: AnswerModel,
  { tracer, metrics }: Telemetry,
  { provider, server, price }: ModelDescription,
): AnswerModel {
  const costOf = (used: TokenCount | undefined): number | null =>
    used && price ? usdOf(nanoUsd(price, used.promptTokens, used.completionTokens)) : null;

  async function* watched(parts: AsyncIterable<AnswerPart>, isStream: boolean, span: Span) {
    const started = performance.now();
    let hasBegun = false;
    let used: TokenCount | undefined;
    // Until the model has come to its end: whoever reads it may stop before.
    let error: string | undefined = 'aborted';
    try {
      for await (const part of parts) {
        if (!hasBegun && isStream) {
          const seconds = secondsSince(started);
          span.set({ [GEN_AI.timeToFirstChunk]: seconds });
          metrics.stage('time_to_first_chunk', seconds, { name: model.name, ok: true });
        }
        hasBegun = true;
        if (part.type === 'end') {
          error = undefined;
          used = part.usage;
          span.set(endAttributes(part, costOf(used)));
        }
        yield part;
      }
    } catch (failure) {
      error = failureCode(failure);
      throw failure;
    } finally {
      const seconds = secondsSince(started);
      if (error !== undefined) span.set({ [ERROR_TYPE]: error });
      metrics.stage('model', seconds, { name: model.name, ok: error === undefined });
      metrics.modelCall(seconds, {
        provider,
        model: model.name,
        promptTokens: used?.promptTokens ?? 0,
        completionTokens: used?.completionTokens ?? 0,
        costUsd: costOf(used),
        ...(error === undefined ? {} : { error }),
      });
    }
  }

  const attributes = {
    [GEN_AI.operation]: 'chat',
    [GEN_AI.provider]: provider,
    [GEN_AI.requestModel]: model.name,
    [GEN_AI.maxTokens]: model.maxOutputTokens,
    [SERVER_ADDRESS]: server,
  };
  const kind = server === undefined ? 'internal' : 'client';
  return {
    ...model,
    answer: (request) =>
      tracer.stream(
        `chat ${model.name}`,
        { kind, attributes: { ...attributes, [GEN_AI.stream]: request.stream } },
        (span) => watched(model.answer(request), request.stream, span),
      ),
  };
}

function endAttributes(
  { model, usage, id, finishReason }: AnswerPart & { type: 'end' },
  costUsd: number | null,
) {
  return {
    [GEN_AI.responseId]: plainName(id),
    [GEN_AI.responseModel]: plainName(model),
    [GEN_AI.finishReasons]: finishReason && [finishReason],
    [GEN_AI.inputTokens]: usage?.promptTokens,
    [GEN_AI.outputTokens]: usage?.completionTokens,
    [SALLYPORT.costUsd]: costUsd ?? undefined,
  };
}
