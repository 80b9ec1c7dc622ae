import { z } from 'zod';
import type { Settings } from '../../config/schema.ts';
import { attemptHeaders, createOpenAiClient, type OutboundHeaders } from '../../openai/openai-client.ts';
import { malformedReply, upstreamFailure } from '../../openai/openai-failure.ts';
import { readJson } from '../../openai/read-pieces.ts';
import { deadlineOf, withRetries } from '../../openai/with-retries.ts';
import type { ContentCategory } from '../verdict.ts';
import type { ContentScorer } from './content-scorer.ts';

const MODEL = 'omni-moderation-latest';
/** OpenAI's categories that are ours; harassment without hate or threat is none of them. */
const OURS: Readonly<Record<string, ContentCategory>> = {
  violence: 'violence',
  'violence/graphic': 'violence',
  'harassment/threatening': 'violence',
  illicit: 'violence',
  'illicit/violent': 'violence',
  hate: 'hate',
  'hate/threatening': 'hate',
  'self-harm': 'self_harm',
  'self-harm/intent': 'self_harm',
  'self-harm/instructions': 'self_harm',
  sexual: 'sexual',
  'sexual/minors': 'sexual',
};
const HELP_SEEKING = 'self-harm/intent';
const MEANS = 'self-harm/instructions';
const LIKELY = 0.3;

const probability = z.number().min(0).max(1);
const replySchema = z.object({
  results: z.tuple([
    z.object({
      category_scores: z
        .object({ violence: probability, hate: probability, sexual: probability, 'self-harm': probability })
        .catchall(z.unknown()),
    }),
  ]),
});

/**
 * Rates by the OpenAI moderation API. It sees the text as it was sent, and does not rate profanity (0).
 *
 * @throws AppError `upstream_error` or `upstream_timeout` (by rejection) where it does not answer as it promises
 */
export function createOpenAiModeration(
  settings: Settings,
  headers: OutboundHeaders = () => ({}),
): ContentScorer {
  const client = createOpenAiClient(settings);
  return {
    name: `openai/${MODEL}`,
    rate: async ({ original }, signal) => {
      const deadline = deadlineOf(settings, 1, signal);
      const traced = headers();
      try {
        const response = await withRetries(
          (before) => {
            const options = { signal: deadline.signal, headers: { ...traced, ...attemptHeaders(before) } };
            return client.moderations.create({ model: MODEL, input: original }, options).asResponse();
          },
          { retries: settings.LLM_MAX_RETRIES, deadline },
        );
        const reply = replySchema.safeParse(await readJson(response));
        if (!reply.success) throw malformedReply(reply.error);
        return toRating(reply.data.results[0].category_scores);
      } catch (error) {
        signal?.throwIfAborted();
        throw upstreamFailure(error, deadline.isOver());
      }
    },
  };
}

function toRating(theirs: Record<string, unknown>): Awaited<ReturnType<ContentScorer['rate']>> {
  const scores = { violence: 0, hate: 0, self_harm: 0, sexual: 0, profanity: 0 };
  for (const [name, category] of Object.entries(OURS)) {
    // Which of the finer categories there are depends on the model.
    const score =
      theirs[name] === undefined || theirs[name] === null ? 0 : probability.safeParse(theirs[name]).data;
    if (score === undefined) throw malformedReply();
    scores[category] = Math.max(scores[category], score);
  }
  const [intent, means] = [Number(theirs[HELP_SEEKING] ?? 0), Number(theirs[MEANS] ?? 0)];
  const selfHarmKind = scores.self_harm < LIKELY ? null : intent > means ? 'help_seeking' : 'means';
  return { scores, selfHarmKind };
}
