import type { UploadedFile } from '../documents/document.ts';
import type { ParsePool } from '../documents/parse-pool.ts';
import { AppError } from '../errors/app-error.ts';
import { draftFromFile, type DocumentDraft, type DocumentFields } from './document-draft.ts';

/**
 * Reads uploaded files into drafts. All or nothing: one that cannot be read refuses the whole upload, by name.
 * Several files cannot share one title or source.
 *
 * @throws AppError `unprocessable_document`, `unsupported_media_type`, `too_large`, `invalid_request`
 */
export type ReadFiles = (
  tenant: string,
  files: UploadedFile[],
  fields: DocumentFields,
  signal?: AbortSignal,
) => Promise<DocumentDraft[]>;

export function createReadFiles(pool: ParsePool): ReadFiles {
  return async (tenant, files, fields, signal) => {
    if (files.length > 1 && (fields.title !== undefined || fields.source !== undefined)) {
      throw new AppError(
        'invalid_request',
        "Several files cannot share one 'title' or 'source': send them one by one.",
      );
    }
    const given = new AbortController();
    const stopped = signal ? AbortSignal.any([signal, given.signal]) : given.signal;
    try {
      return await Promise.all(
        files.map(async (file) =>
          draftFromFile(await pool.parse(tenant, file, stopped), fields, file.filename),
        ),
      );
    } catch (error) {
      // The rest would be read for nobody, and others wait.
      given.abort(error);
      throw error;
    }
  };
}
