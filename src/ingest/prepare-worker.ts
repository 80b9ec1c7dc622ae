import { prepareDocument, type PreparableDocument, type PreparedDocument } from './prepare-document.ts';

// Runs in a worker thread: a long document would hold up every request.
export default (document: PreparableDocument): PreparedDocument => prepareDocument(document);
