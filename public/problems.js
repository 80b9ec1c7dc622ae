const OPERATOR = 'If it happens again, give the request id to whoever runs this server.';

const BY_CODE = {
  unreachable: ['No connection', 'The server does not answer. Check that it runs and that you are online.'],
  cut_off: ['The answer broke off', 'The connection ended before the answer did. Ask again.'],
  unauthenticated: [
    'This key is not accepted',
    'It may be mistyped, expired or revoked. Paste it again, whole and without spaces, or ask for a new one.',
  ],
  forbidden: [
    'This key may not ask',
    'It lacks the scope “query”. Ask whoever gave you the key for one that has it.',
  ],
  rate_limited: ['Too many questions', null],
  token_limited: ['Too much text for one minute', null],
  budget_exceeded: ['The budget is used up', 'It opens again by itself; an operator can raise it sooner.'],
  content_blocked: ['The content filter said no', 'Put the question in other words.'],
  prompt_injection: [
    'This reads like an instruction to the model',
    'Ask plainly for what you want to know, without telling the model how to behave.',
  ],
  pii_blocked: ['The question holds personal data', 'Take out names, numbers and addresses, and ask again.'],
  upstream_timeout: ['The model took too long', `Ask again in a moment. ${OPERATOR}`],
  upstream_error: ['The model failed', `Ask again in a moment. ${OPERATOR}`],
  guardrail_unavailable: ['A guardrail is out of order', 'Nothing passes unchecked, so nothing was asked.'],
  unavailable: ['The server is not ready', 'Something it needs is down, or it is about to restart.'],
  too_large: ['The question is too long', 'Shorten it and ask again.'],
};

const REFUSALS = {
  not_in_documents: [
    'Not in the documents',
    'Other words may find it, or a document that says it may be missing.',
  ],
  topic: ['Off topic here', null],
  self_harm: ['You matter', null],
  no_answer: ['The model gave no answer', 'Ask again, or ask differently.'],
  output_blocked: ['The answer was held back', 'A guardrail stopped what the model wrote. Ask differently.'],
};

/** Their details speak of headers and scopes, to whoever writes a client. */
const TECHNICAL = new Set(['unauthenticated', 'forbidden']);

/** `{title, detail, advice}` of a failure, in words for the one who asked. */
export function explainFailure({ status, code, title, detail, retryAfterSeconds }) {
  const [known, advice] = BY_CODE[code] ?? [title || 'Something went wrong', OPERATOR];
  const wait = [429, 503].includes(status) ? waitAdvice(retryAfterSeconds) : null;
  return {
    title: known,
    detail: TECHNICAL.has(code) ? null : detail || null,
    advice: [advice, wait].filter(Boolean).join(' '),
  };
}

/** The same of a refusal: an answer that says it is none. */
export function explainRefusal({ refusal_reason: reason, answer }) {
  const [title, advice] = REFUSALS[reason] ?? ['No answer', null];
  return { title, detail: answer, advice };
}

function waitAdvice(seconds) {
  if (seconds === undefined) return 'Wait a moment, then ask again.';
  if (seconds <= 90) return `Ask again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`;
  const minutes = Math.ceil(seconds / 60);
  return minutes <= 90
    ? `Ask again in ${minutes} minutes.`
    : `Ask again in ${Math.ceil(minutes / 60)} hours.`;
}
