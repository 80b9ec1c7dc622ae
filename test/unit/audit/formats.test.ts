import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { auditFormats, auditLine, AUDIT_FORMATS } from '../../../src/audit/formats/index.ts';
import { auditRecords } from './audit-record-arbitrary.ts';

describe.each(AUDIT_FORMATS)('an audit line in %s', (format) => {
  it('is one line of JSON, whatever the event holds', () => {
    fc.assert(
      fc.property(auditRecords, (record) => {
        const line = auditLine(format, record);
        expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
        expect(line.isWellFormed()).toBe(true);
        expect(line).toMatch(/^\{.*\}$/);
        expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(auditFormats[format](record))));
      }),
    );
  });

  it('holds no member that is unknown', () => {
    fc.assert(
      fc.property(auditRecords, (record) => {
        JSON.parse(auditLine(format, record), (_name, value: unknown) => {
          expect(value).not.toBeNull();
          expect(value).not.toStrictEqual({});
          return value;
        });
      }),
    );
  });

  it('says which event it is of, and where that stands in its chain', () => {
    fc.assert(
      fc.property(auditRecords, (record) => {
        const line = auditLine(format, record);
        expect(line).toContain(record.event.id);
        if (record.hash !== undefined) expect(line).toContain(record.hash);
        if (record.seq !== undefined) expect(line).toMatch(new RegExp(`"seq(uence)?":${record.seq}\\b`));
      }),
    );
  });
});

it('is what went in, in jsonl', () => {
  fc.assert(
    fc.property(auditRecords, (record) => {
      expect(JSON.parse(auditLine('jsonl', record))).toStrictEqual(record);
    }),
  );
});
