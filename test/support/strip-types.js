import { stripTypeScriptTypes } from 'node:module';

// Tests and production strip types with the same code: Node's own.
export default { process: (source) => ({ code: stripTypeScriptTypes(source) }) };
