import { createAnswerText } from './answer-text.js';
import { element } from './element.js';
import { explainFailure, explainRefusal } from './problems.js';

/** The lowest confidence that each word stands for. */
const CONFIDENCE = [
  [0.75, 'High'],
  [0.4, 'Medium'],
  [0, 'Low'],
];

/**
 * One question and what became of it. Its methods follow the events of the stream; `openCitation(citation, passage,
 * button)` is called for a source that is asked for.
 */
export function createAnswer(question, { openCitation }) {
  const body = element('p', { className: 'answer-text' });
  const foot = element('div', { className: 'answer-foot' });
  const progress = element('p', { className: 'progress aside' }, 'At the gate');
  const article = element(
    'article',
    { className: 'answer', 'aria-busy': 'true' },
    element('h2', {}, question),
    progress,
    body,
    foot,
  );
  /** The passages that the model was given, and the citations that the answer in the end rests on, by number. */
  let passages = new Map();
  let citations = new Map();
  const text = createAnswerText(body, (index) => citations.has(index));

  article.addEventListener('click', (event) => {
    const button = event.target.closest('[data-citation]');
    const index = Number(button?.dataset.citation);
    if (citations.has(index)) openCitation(citations.get(index), passages.get(index), button);
  });

  const finish = () => {
    article.setAttribute('aria-busy', 'false');
    progress.remove();
  };

  return {
    article,
    cite(found) {
      passages = new Map(found.map((one) => [one.index, one]));
      citations = passages;
      progress.textContent =
        found.length === 1 ? 'Reading one passage' : `Reading ${found.length || 'no'} passages`;
    },
    write(delta) {
      progress.textContent = 'Answering';
      text.append(delta);
    },
    /** Puts the finished answer in place of what was streamed; gives what a screen reader should say. */
    end(answer) {
      finish();
      if (answer.refused) {
        body.remove();
        foot.replaceChildren(notice('refusal', explainRefusal(answer)), receipt(answer));
        return `No answer. ${answer.answer}`;
      }
      citations = new Map(answer.citations.map((one) => [one.index, one]));
      text.replace(answer.answer);
      foot.replaceChildren(confidence(answer.confidence), sources(answer.citations), receipt(answer));
      const count = answer.citations.length;
      return `${answer.answer} ${count === 1 ? 'One source' : `${count} sources`}, confidence ${percent(answer.confidence)}.`;
    },
    fail(failure) {
      finish();
      text.end();
      const explained = explainFailure(failure);
      foot.replaceChildren(notice('failure', explained, failure), receipt({ request_id: failure.requestId }));
      return `${explained.title}. ${explained.advice}`;
    },
    stop() {
      finish();
      text.end();
      foot.replaceChildren(element('p', { className: 'aside' }, 'Stopped.'));
      return 'Stopped.';
    },
  };
}

const percent = (share) => `${Math.round(share * 100)}%`;

function confidence(share) {
  const level = CONFIDENCE.findIndex(([lowest]) => share >= lowest);
  const word = CONFIDENCE[level][1];
  const bars = element('span', { className: 'bars', 'data-filled': 3 - level, 'aria-hidden': 'true' });
  for (let bar = 0; bar < 3; bar++) bars.append(element('span'));
  return element('p', { className: 'confidence' }, bars, `${word} confidence, ${percent(share)}`);
}

function sources(citations) {
  if (citations.length === 0)
    return element('p', { className: 'aside' }, 'This answer cites no source: take it with care.');
  const items = citations.map(({ index, title, source }) =>
    element(
      'li',
      {},
      element(
        'button',
        { type: 'button', className: 'source', 'data-citation': index },
        element('span', { className: 'marker', 'aria-hidden': 'true' }, String(index)),
        element(
          'span',
          {},
          element('span', { className: 'source-title' }, title),
          source && source !== title ? element('span', { className: 'aside' }, source) : null,
        ),
      ),
    ),
  );
  return element('ul', { className: 'sources', 'aria-label': 'Sources' }, ...items);
}

function notice(kind, { title, detail, advice }, failure = {}) {
  const parts = [element('h3', {}, title), detail ? element('p', {}, detail) : null];
  if (advice) parts.push(element('p', { className: 'advice' }, advice));
  if (failure.status === 503)
    parts.push(element('p', {}, element('a', { href: 'ready' }, 'What is ready and what is not')));
  return element('div', { className: `notice ${kind}`, role: 'group' }, ...parts);
}

/** What the operator needs to find this very question in the log. */
function receipt({ model, usage, guardrails, request_id: requestId }) {
  const line = element('p', { className: 'receipt' });
  const add = (...parts) => line.append(...(line.hasChildNodes() ? [' · '] : []), ...parts);
  for (const { type, count, where } of guardrails?.redactions ?? [])
    add(`${count} × ${type.toLowerCase().replaceAll('_', ' ')} hidden in the ${where}`);
  if (model) add(model);
  if (usage?.total_tokens > 0) add(`${usage.total_tokens} tokens`);
  if (usage?.cost_usd > 0) add(`$${usage.cost_usd.toPrecision(2)}`);
  if (requestId) add('request ', element('code', {}, requestId));
  return line;
}
