import { workerData } from 'node:worker_threads';
import { createInjectionDetector } from './injection/injection-detector.ts';
import { lookAt, type LookOptions, type Looks } from './looks.ts';
import { PiiDetector, type PiiDetectorOptions } from './pii/pii-detector.ts';
import { guardText } from './text/guarded-text.ts';

export type LookTask = { text: string; options: LookOptions };
export type LookWorkerData = { pii: PiiDetectorOptions };
export type LookedAt = { [Name in keyof Looks]: ReturnType<Looks[Name]> };

const pii = new PiiDetector((workerData as LookWorkerData).pii);
const injection = createInjectionDetector();

// Runs in a worker thread: a long text would hold up every request.
export default ({ text, options }: LookTask): LookedAt => {
  const looks = lookAt(guardText(text), options, { pii, injection });
  return { pii: looks.pii(), content: looks.content(), topic: looks.topic(), injection: looks.injection() };
};
