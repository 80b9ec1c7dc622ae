/**
 * Makes an element. Strings become text nodes, never markup, so what a model or a document says stays inert.
 * Properties are set as properties; `data-…`, `aria-…` and `role` as attributes.
 */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (/^(data|aria)-|^role$/.test(key)) made.setAttribute(key, value);
    else made[key] = value;
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}
