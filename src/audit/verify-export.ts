import type { KeyObject } from 'node:crypto';
import { AppError } from '../errors/app-error.ts';
import { NOTHING_EXPECTED, type Expectations } from './expectations.ts';
import { readExportLine } from './export-line.ts';
import type { ExportHeader, Seal } from './export-seal.ts';
import { checkExportedChain, type ExportedChainCheck } from './exported-chain.ts';
import { summarise, type Verification } from './verification.ts';

/** `of`: what the export says that it is of, where that is signed. */
export type ExportVerification = Verification & {
  of: Pick<ExportHeader, 'since' | 'until' | 'tenant'> | undefined;
};

type Seals = {
  header?: Extract<Seal, { kind: 'header' }>;
  trailer?: Extract<Seal, { kind: 'trailer' }>;
  isOld?: true;
};

/**
 * Checks an export without any database: that all is there that its header and trailer name, and else the same as
 * `verifyAudit`, for as far as the export goes. A chain of an export of a time range is checked from where it begins.
 *
 * @throws AppError `invalid_request` for a line that is none of an export
 */
export async function verifyExport(
  lines: AsyncIterable<string> | Iterable<string>,
  publicKeys: readonly KeyObject[],
  expected: Expectations = NOTHING_EXPECTED,
): Promise<ExportVerification> {
  const seals: Seals = {};
  const chains = new Map<string, ExportedChainCheck>();
  let header: ExportHeader | undefined;
  const chainOf = (tenant: string): ExportedChainCheck => {
    const chain = chains.get(tenant) ?? checkExportedChain(tenant, header, { publicKeys, expected });
    chains.set(tenant, chain);
    return chain;
  };
  let nth = 0;
  let lastOfRecords: { tenant: string; chain: ExportedChainCheck } | undefined;
  for await (const line of lines) {
    nth += 1;
    if (line.trim() === '') continue;
    const said = readExportLine(line, nth, publicKeys);
    if (seals.trailer)
      throw new AppError('invalid_request', `Line ${nth} is behind the trailer of the export.`);
    if (said.kind === 'record') {
      const { tenant } = said.record;
      if (lastOfRecords?.tenant !== tenant) lastOfRecords = { tenant, chain: chainOf(tenant) };
      lastOfRecords.chain.record(said.record);
    } else if (said.kind === 'checkpoint') chainOf(said.tenant).checkpoint(said.checkpoint);
    else if (said.kind === 'trailer') seals.trailer = said;
    else if (seals.header || seals.isOld || chains.size > 0)
      throw new AppError('invalid_request', `Line ${nth} is a header, and an export begins with it.`);
    else if (said.kind === 'unsigned header') seals.isOld = true;
    else {
      seals.header = said;
      if (said.isSound) header = said.statement;
    }
  }
  const trailer = seals.trailer?.isSound && !header ? seals.trailer.statement : undefined;
  const named = (header ?? trailer)?.chains ?? [];
  for (const tenant of [...named.map((one) => one.tenant), ...missable(header, expected)]) chainOf(tenant);
  const checked = [...chains].map(([tenant, chain]) =>
    chain.end(trailer?.chains.find((one) => one.tenant === tenant)),
  );
  const { records } = summarise(checked, []);
  return { ...summarise(checked, whyUnsigned(seals, records)), of: header };
}

/** The tenants of whom an export of all that there was must have something. */
function missable(header: ExportHeader | undefined, expected: Expectations): string[] {
  if (header?.since !== null || header.until !== null) return [];
  return expected.tenants.filter((tenant) => {
    const { shipped = [], promised = [] } = expected.of(tenant, header.time);
    return shipped.length + promised.length > 0 && [null, tenant].includes(header.tenant);
  });
}

function whyUnsigned({ header, trailer, isOld }: Seals, records: number): string[] {
  const unknown = 'is not signed by a key that is known here';
  if (isOld) return ['it was made by a version that did not sign exports'];
  const why: string[] = [];
  if (!header) why.push('it has no header');
  else if (!header.isSound) why.push(`its header ${unknown}`);
  if (!trailer) why.push('it has no trailer');
  else if (!trailer.isSound) why.push(`its trailer ${unknown}`);
  else if (header && trailer.statement.header !== header.hash)
    why.push('its trailer is that of another export');
  else if (trailer.statement.records !== records)
    why.push(`it holds ${records} records, and its trailer says ${trailer.statement.records}`);
  return why;
}
