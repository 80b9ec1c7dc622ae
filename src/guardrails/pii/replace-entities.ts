import type { PiiEntity } from '../verdict.ts';

/** The text with each entity (in order, none overlapping) replaced by what stands for it. */
export function replaceEntities(
  text: string,
  entities: readonly PiiEntity[],
  standIn: (entity: PiiEntity) => string,
): string {
  let replaced = '';
  let at = 0;
  for (const entity of entities) {
    replaced += text.slice(at, entity.start) + standIn(entity);
    at = entity.end;
  }
  return replaced + text.slice(at);
}
