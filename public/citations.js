import { element } from './element.js';

const find = (id) => document.getElementById(id);

/**
 * The panel that shows one citation: where it stands and the words themselves, in their place. It takes the focus
 * when it opens; closing (button or Escape) gives it back.
 */
export function createCitationPanel() {
  const panel = find('citation');
  let opener = null;

  const close = () => {
    if (panel.hidden) return;
    const hadFocus = panel.contains(document.activeElement);
    panel.hidden = true;
    opener?.removeAttribute('aria-expanded');
    if (hadFocus) opener?.focus();
    opener = null;
  };
  find('citation-close').addEventListener('click', close);
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') close();
  });

  return {
    close,
    open(citation, passage, button) {
      opener?.removeAttribute('aria-expanded');
      opener = button;
      opener.setAttribute('aria-expanded', 'true');
      fill(citation, passage);
      panel.hidden = false;
      find('citation-title').focus({ preventScroll: true });
      button.scrollIntoView({ block: 'nearest' });
      const mark = panel.querySelector('mark');
      const text = find('citation-text');
      text.scrollTop = mark ? mark.offsetTop - text.offsetTop - text.clientHeight / 3 : 0;
    },
  };
}

function fill(citation, passage) {
  find('citation-number').textContent = `Source ${citation.index}`;
  find('citation-title').textContent = citation.title;
  const facts = [
    ['Document', citation.source],
    ['Heading', citation.heading_path?.join(' › ')],
    ['Score', citation.score.toFixed(2)],
    ['Place', `characters ${citation.start} to ${citation.end}`],
  ];
  find('citation-facts').replaceChildren(
    ...facts
      .filter(([, value]) => value)
      .flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]),
  );
  find('citation-text').replaceChildren(...quoteInPlace(citation, passage));
}

/** The passage with the quote marked in it; the quote alone where the passage is not known. */
function quoteInPlace({ quote, start }, passage) {
  const from = passage ? start - passage.start : -1;
  if (from < 0 || passage.quote.slice(from, from + quote.length) !== quote)
    return [element('mark', {}, quote)];
  const before = passage.quote.slice(0, from);
  const after = passage.quote.slice(from + quote.length);
  return [before, element('mark', {}, quote), after];
}
