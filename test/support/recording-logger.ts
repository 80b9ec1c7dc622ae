import type { Logger } from '../../src/observability/logger.ts';

type Line = { level: keyof Logger; message: string; fields: Record<string, unknown> | undefined };

/** A logger that only remembers. */
export const recordingLogger = (): Logger & { lines: Line[] } => {
  const lines: Line[] = [];
  const at = (level: keyof Logger) => (message: string, fields?: Record<string, unknown>) =>
    void lines.push({ level, message, fields });
  return {
    lines,
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    http: at('http'),
    debug: at('debug'),
  };
};
