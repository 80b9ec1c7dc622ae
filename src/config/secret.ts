import { inspect } from 'node:util';

type Former<Value> = { value: Value; until: number };

/**
 * A secret of the settings, which shows itself to nobody who prints, logs or serialises it. Whoever needs the value reveals it
 * at each use and keeps it nowhere: it may have been rotated meanwhile.
 */
export class Secret<Value = string | undefined> {
  #value: Value;
  #former: Former<Value>[] = [];

  constructor(value: Value) {
    this.#value = value;
  }

  reveal(): Value {
    return this.#value;
  }

  /** The value, and behind it those that it has replaced and that are still good. */
  accepted(): Value[] {
    this.#forget();
    return [this.#value, ...this.#former.map(({ value }) => value)];
  }

  /** What is made of the value: made once, and anew when it has changed. */
  derive<Derived>(make: (value: Value) => Derived): () => Derived {
    let made: { of: Value; derived: Derived } | undefined;
    return () => {
      if (!made || made.of !== this.#value) made = { of: this.#value, derived: make(this.#value) };
      return made.derived;
    };
  }

  /** For the rotation alone: the value before is accepted for so much longer. */
  replace(value: Value, overlapMs: number): void {
    this.#former = [{ value: this.#value, until: performance.now() + overlapMs }, ...this.#former];
    this.#value = value;
    this.#forget();
  }

  /** What is not good any more is not kept: also of a secret of which nobody accepts but the newest. */
  #forget(): void {
    const now = performance.now();
    this.#former = this.#former.filter(({ until }) => until > now);
  }

  isSameAs(other: Secret<unknown>): boolean {
    return JSON.stringify(this.#value) === JSON.stringify(other.#value);
  }

  toString(): string {
    return this.#value === undefined || (Array.isArray(this.#value) && this.#value.length === 0)
      ? ''
      : '[secret]';
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}
