import { chunkRows, type ChunkedDocument, type IndexableDocument } from '../index-store/chunk-rows.ts';

// Runs in a worker thread: cutting and stemming a long document would hold up every request.
export default (document: IndexableDocument): ChunkedDocument => chunkRows(document);
