import { createAnswer } from './answer.js';
import { ask, AskFailure } from './ask.js';
import { createCitationPanel } from './citations.js';
import { createKeyForm } from './key.js';

const find = (id) => document.getElementById(id);
const [question, stop, submit, status] = ['question', 'stop', 'submit', 'status'].map(find);

const panel = createCitationPanel();
const key = createKeyForm({ onSaved: () => question.focus() });
/** Aborts the question that is being answered; null when none is. */
let running = null;

find('ask').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = question.value.trim();
  if (text === '' || running) return;
  const headers = key.headers();
  if (headers) void answer(text, headers);
  else key.demand('A key is needed first. A development start prints one on the terminal.');
});

question.addEventListener('keydown', (event) => {
  // While an input method composes a word, Enter chooses it.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  find('ask').requestSubmit();
});

stop.addEventListener('click', () => running?.abort());

async function answer(text, headers) {
  running = new AbortController();
  const { signal } = running;
  const view = createAnswer(text, { openCitation: panel.open });
  panel.close();
  find('answers').prepend(view.article);
  setBusy(true);
  status.textContent = 'Looking in the documents.';
  try {
    for await (const { event, data } of ask(text, { headers, signal })) {
      if (event === 'answer-start') question.value = '';
      else if (event === 'citations') view.cite(data);
      else if (event === 'answer-delta') view.write(data.text);
      else if (event === 'answer-end') status.textContent = view.end(data);
    }
  } catch (error) {
    // Whoever has no answer wants to ask again, perhaps in other words.
    question.value ||= text;
    if (signal.aborted) status.textContent = view.stop();
    else if (error instanceof AskFailure) {
      status.textContent = view.fail(error);
      if (error.status === 401) key.demand('The server does not accept this key. Paste it again.');
    } else throw error;
  } finally {
    running = null;
    setBusy(false);
  }
}

function setBusy(busy) {
  const hadFocus = [submit, stop].includes(document.activeElement);
  submit.hidden = busy;
  stop.hidden = !busy;
  if (hadFocus) (busy ? stop : question).focus();
}
