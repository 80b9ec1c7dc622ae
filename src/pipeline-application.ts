import type { Application } from './compose.ts';

/**
 * The application behind each pipeline. It is kept beside it, not in its type: a program that is compiled against the
 * library then needs no types of what Sallyport is built on.
 */
const applications = new WeakMap<object, Application>();

export function servePipeline<Pipeline extends object>(
  application: Application,
  pipeline: Pipeline,
): Pipeline {
  applications.set(pipeline, application);
  return pipeline;
}

export function applicationBehind(pipeline: object): Application {
  const application = applications.get(pipeline);
  if (!application) throw new TypeError('createApp takes what createRagPipeline returns.');
  return application;
}
