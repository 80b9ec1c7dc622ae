import type { AuditEvent } from './audit-event.ts';

/** Where events go. */
export type AuditLog = {
  /**
   * Resolves once the event cannot be lost any more.
   *
   * @throws AppError `unavailable` where that was not to be had in time, or too many wait (never under AUDIT_ON_FAILURE=warn)
   */
  record(event: AuditEvent): Promise<void>;
  /**
   * To be asked before something is done that must be recorded.
   *
   * @throws AppError `unavailable` while it could not be (never under AUDIT_ON_FAILURE=warn)
   */
  assertOpen(): void;
  /** Events that wait to be written, and how many were given up. */
  state(): { waiting: number; lost: number };
  /** Writes what waits. */
  close(): Promise<void>;
};
