import { accessSync, constants, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import winston from 'winston';
import { SettingsError } from '../config/load.ts';
import type { Settings } from '../config/schema.ts';
import { auditLine, type AuditRecord } from './formats/index.ts';
import { openRotatingFile } from './rotating-file.ts';
import { createSparseReports } from './sparse-reports.ts';
import { openStandardOutput } from './standard-output.ts';

/** Where audit events go besides the database. */
export type AuditSink = {
  /** One line; never waits, never throws. */
  write(record: AuditRecord): void;
  /** Resolves once all lines are written, or given up after five seconds; then it has been told how many were. */
  close(): Promise<void>;
};

type SinkSettings = Pick<
  Settings,
  'AUDIT_LOG' | 'AUDIT_LOG_FORMAT' | 'AUDIT_LOG_FILE' | 'AUDIT_LOG_FILE_MB' | 'AUDIT_LOG_FILES' | 'DATA_DIR'
>;

type SinkOptions = {
  /** Something could not be written, and how many lines were given up; told at most every five seconds. */
  onError: (error: unknown, lost: number) => void;
};

const BYTES_PER_MB = 1_000_000;
/** Lines that wait for a slow disk or reader; what comes on top is given up. */
const MOST_WAITING_BYTES = 16 * 2 ** 20;
const REPORT_PAUSE_MS = 5_000;
const CLOSE_TIMEOUT_MS = 5_000;
/** Where winston expects the finished line. */
const MESSAGE = Symbol.for('message');

type Line = { level: 'info'; [MESSAGE]: string };

/** The base of winston's transports, which its types do not offer as a value. */
const { Transport } = winston as unknown as {
  Transport: new (options: {
    log: (line: Line, next: () => void) => void;
    /** For lines that came while others were being written. */
    logv: (waiting: { chunk: Line }[], next: () => void) => void;
  }) => Writable;
};

/**
 * Writes each audit event as one line of JSON, in order, to standard output or a file; undefined where AUDIT_LOG is `off`.
 * The database has every event: this is a copy of it, and one that cannot keep up never holds up a request.
 *
 * @throws SettingsError where the file cannot be written
 */
export function createAuditSink(settings: SinkSettings, { onError }: SinkOptions): AuditSink | undefined {
  if (settings.AUDIT_LOG === 'off') return undefined;
  const reports = createSparseReports(onError, REPORT_PAUSE_MS);
  const outlet =
    settings.AUDIT_LOG === 'file'
      ? openFile(settings, (error) => reports.report(error))
      : openStandardOutput(process.stdout);
  const abandon = new AbortController();
  let waitingLines = 0;
  let waitingBytes = 0;
  let closing: Promise<void> | undefined;

  async function deliver(lines: string[]): Promise<void> {
    try {
      await outlet.append(lines, abandon.signal);
    } catch (error) {
      if (!abandon.signal.aborted) reports.report(error, lines.length);
    }
    waitingLines -= lines.length;
    for (const line of lines) waitingBytes -= Buffer.byteLength(line);
  }

  // Its stream is the queue: it hands over what waits, in order, and once what came before is written.
  const transport = new Transport({
    log: (line, next) => void deliver([line[MESSAGE]]).then(next),
    logv: (waiting, next) => void deliver(waiting.map(({ chunk }) => chunk[MESSAGE])).then(next),
  });

  async function finish(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_TIMEOUT_MS)));
    await Promise.race([new Promise<void>((resolve) => transport.end(resolve)), late]);
    clearTimeout(timer);
    abandon.abort();
    if (waitingLines > 0) reports.report(failure('AUDIT_LOG_STUCK'), waitingLines);
    await outlet.close().catch((error: unknown) => reports.report(error));
    reports.close();
  }

  return {
    write(record) {
      const line = auditLine(settings.AUDIT_LOG_FORMAT, record);
      const bytes = Buffer.byteLength(line);
      if (closing || waitingBytes + bytes > MOST_WAITING_BYTES) {
        reports.report(failure(closing ? 'AUDIT_LOG_CLOSED' : 'AUDIT_LOG_FULL'), 1);
        return;
      }
      waitingLines += 1;
      waitingBytes += bytes;
      transport.write({ level: 'info', [MESSAGE]: line } satisfies Line);
    },
    close: () => (closing ??= finish()),
  };
}

function failure(code: string): Error {
  return Object.assign(new Error('audit lines were given up'), { code });
}

function openFile(settings: SinkSettings, onError: (error: unknown) => void) {
  const path = settings.AUDIT_LOG_FILE ?? join(settings.DATA_DIR, 'audit.log');
  try {
    if (settings.AUDIT_LOG_FILE === undefined) mkdirSync(settings.DATA_DIR, { recursive: true });
    // Without it the file could be written, and never be put aside.
    accessSync(dirname(path), constants.W_OK);
    return openRotatingFile({
      path,
      maxBytes: settings.AUDIT_LOG_FILE_MB * BYTES_PER_MB,
      files: settings.AUDIT_LOG_FILES,
      onError,
    });
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new SettingsError(
      `Sallyport's settings are not right.\nAUDIT_LOG_FILE: the file cannot be written (${code})`,
    );
  }
}
