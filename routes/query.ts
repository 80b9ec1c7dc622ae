import { z } from 'zod';
import { defineRoute, type Route, type RouteEvent, type RouteRequest } from '../src/api/route.ts';
import type { RequestFacts } from '../src/observability/request-context.ts';
import { finalAnswer, type Answer, type AnswerEvent } from '../src/rag/answer.ts';
import type { AnswerQuestion } from '../src/rag/answer-question.ts';
import type { Citation } from '../src/rag/verify-answer.ts';
import { filterSchema, questionText, topK } from './question-fields.ts';
import { answerBody, answerSchema, citationBody } from './answer-body.ts';

/** One of the two, and not null, which counts as left out. */
const needs = (name: string) => ({ required: [name], properties: { [name]: { type: 'string' } } });

const bodySchema = z
  .strictObject({
    query: questionText.optional(),
    question: questionText.optional().describe('another name for `query`'),
    top_k: topK,
    filter: filterSchema.optional(),
    stream: z.boolean().default(false),
    conversation_id: z
      .never('Conversations are not kept: leave `conversation_id` out.')
      .optional()
      .describe('reserved: a request that has one is refused'),
  })
  .meta({ id: 'Question', oneOf: [needs('query'), needs('question')] })
  .transform(({ query, question, ...rest }, context) => {
    const text = query ?? question;
    if (text === undefined || (query !== undefined && question !== undefined)) {
      const message = text === undefined ? "Missing 'query' field" : "Send 'query' or 'question', not both";
      context.issues.push({ code: 'custom', message, path: ['query'], input: text });
      return z.NEVER;
    }
    return { text, ...rest };
  });

/** `POST /query`: a question, answered from the documents with citations, whole or as it is written. */
export function queryRoute(answerQuestion: AnswerQuestion): Route {
  return defineRoute({
    method: 'post',
    path: '/query',
    scope: 'query',
    action: 'query',
    summary: 'Answer a question from the documents, with citations',
    body: bodySchema,
    example: { query: 'Which file formats can I ingest?', top_k: 5 },
    replies: { 200: { description: 'The answer, or a refusal', schema: answerSchema, events: true } },
    question: ({ text }) => text,
    handle: async ({ principal, body, question: admitted, requestId, wantsEvents, signal, note }) => {
      const stream = body.stream || wantsEvents;
      const question = { admitted: admitted!, topK: body.top_k, filter: body.filter };
      const events = answerQuestion(principal!, question, { stream, signal, onCharged: note });
      if (stream) return { events: asServerSentEvents(events, requestId, note) };
      const answer = await finalAnswer(events);
      note(factsOf(answer));
      return { status: 200, body: answerBody(answer, requestId) };
    },
  });
}

async function* asServerSentEvents(
  events: AsyncIterable<AnswerEvent>,
  requestId: string,
  note: RouteRequest['note'],
): AsyncIterable<RouteEvent> {
  for await (const event of events) {
    if (event.type === 'start')
      yield { event: 'answer-start', data: { request_id: requestId, model: event.model } };
    else if (event.type === 'citations') {
      note({ documents: documentsOf(event.citations) });
      yield { event: 'citations', data: event.citations.map(citationBody) };
    } else if (event.type === 'delta') yield { event: 'answer-delta', data: { text: event.text } };
    else {
      note(factsOf(event.answer));
      yield { event: 'answer-end', data: answerBody(event.answer, requestId), last: true };
    }
  }
}

/** What is recorded of an answer: never what it says. */
function factsOf({ model, usage, citations, refusalReason }: Answer): RequestFacts {
  return {
    model,
    usage,
    documents: documentsOf(citations),
    ...(refusalReason === null ? {} : { refusal: refusalReason }),
  };
}

function documentsOf(citations: readonly Citation[]): string[] {
  return [...new Set(citations.map(({ documentId }) => documentId))];
}
