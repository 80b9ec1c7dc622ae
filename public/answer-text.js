import { element } from './element.js';

const MARKER = /\[(\d{1,3})\]/g;
/** May still become a marker once more text has come. */
const UNFINISHED = /\[\d{0,3}$/;

/**
 * Writes answer text into a container. Markers of citations that are known become buttons (`data-citation` holds
 * the number); everything else, markup included, is text.
 */
export function createAnswerText(container, isKnown) {
  let held = '';

  const write = (text) => {
    let from = 0;
    for (const marker of text.matchAll(MARKER)) {
      const index = Number(marker[1]);
      if (!isKnown(index)) continue;
      container.append(text.slice(from, marker.index), markerButton(index));
      from = marker.index + marker[0].length;
    }
    container.append(text.slice(from));
  };

  return {
    append(text) {
      held += text;
      const cut = UNFINISHED.exec(held)?.index ?? held.length;
      write(held.slice(0, cut));
      held = held.slice(cut);
    },
    /** The whole text, in place of what was there. A marker that had the focus keeps it. */
    replace(text) {
      const focused = container.contains(document.activeElement)
        ? document.activeElement.dataset.citation
        : undefined;
      held = '';
      container.replaceChildren();
      write(text);
      if (focused) container.querySelector(`[data-citation="${focused}"]`)?.focus();
    },
    /** What was held back belongs to the text after all. */
    end() {
      write(held);
      held = '';
    },
  };
}

function markerButton(index) {
  return element(
    'button',
    { type: 'button', className: 'marker', 'data-citation': index, 'aria-label': `Source ${index}` },
    String(index),
  );
}
