import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AuditEvent } from '../../../src/audit/audit-event.ts';
import { eventText } from '../../../src/audit/event-text.ts';

const event: AuditEvent = {
  id: '00000000-0000-4000-8000-000000000000',
  time: '2030-01-01T00:00:00.000Z',
  event: 'request',
  action: 'query',
  outcome: 'success',
  tenant: 'default',
};

test('records no field that an event has not', () => {
  const more = { ...event, question: 'What is the secret?', __proto__: { answer: 'It.' } };
  expect(JSON.parse(eventText(more))).toEqual(event);
});

test('whatever a text holds, it is one line of printable characters, and bounded', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (subject) => {
      const text = eventText({ ...event, subject });
      // eslint-disable-next-line no-control-regex -- none may be left
      expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
      expect(text).not.toMatch(/\\u(?:00[01]|d[89a-f])/i);
      const said = (JSON.parse(text) as AuditEvent).subject!;
      expect(said.length).toBeLessThanOrEqual(256);
    }),
  );
});
