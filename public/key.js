const SLOT = 'sallyport-key';
const PUBLIC_PART = /^sp_([^_]+)_/;
const TOKEN = /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/;

const find = (id) => document.getElementById(id);

/** Only this tab's: gone when it closes, seen by no other, and never part of an address. */
const store = {
  read: () => sessionStorage.getItem(SLOT),
  write: (key) => sessionStorage.setItem(SLOT, key),
  clear: () => sessionStorage.removeItem(SLOT),
};

/**
 * The key's form. `headers()` gives what authenticates a request, or null without a key; `demand(reason)` opens
 * the form and says why.
 */
export function createKeyForm({ onSaved }) {
  const [form, input, show, note] = ['key-form', 'key', 'key-show', 'key-note'].map(find);
  const standing = note.textContent;

  const reveal = (shown) => {
    input.type = shown ? 'text' : 'password';
    show.textContent = shown ? 'Hide' : 'Show';
    show.setAttribute('aria-pressed', String(shown));
  };
  const say = (problem) => {
    note.textContent = problem ?? standing;
    note.classList.toggle('wrong', problem !== undefined);
    input.setAttribute('aria-invalid', String(problem !== undefined));
  };
  const draw = (open) => {
    form.hidden = !open;
    find('key-held').hidden = open;
    find('key-name').textContent = nameOf(store.read() ?? '');
  };
  const open = (problem) => {
    draw(true);
    reveal(false);
    say(problem);
    input.focus();
  };

  show.addEventListener('click', () => reveal(input.type === 'password'));
  find('key-change').addEventListener('click', () => open());
  find('key-forget').addEventListener('click', () => {
    store.clear();
    input.value = '';
    open();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const key = input.value.trim();
    if (key === '') return open('Paste a key first.');
    if (!/^[\x21-\x7e]+$/.test(key))
      return open('This is no key: it holds spaces or letters that no key has.');
    store.write(key);
    input.value = '';
    reveal(false);
    say();
    draw(false);
    onSaved();
  });
  draw(store.read() === null);

  return {
    headers() {
      const key = store.read();
      if (key === null) return null;
      return TOKEN.test(key) ? { Authorization: `Bearer ${key}` } : { 'X-API-Key': key };
    },
    demand: open,
  };
}

/** A key is named by its public part; one that has none is not shown at all. */
function nameOf(key) {
  const id = PUBLIC_PART.exec(key)?.[1];
  return id ? `Key ${id}, for this tab` : 'A key is set for this tab';
}
