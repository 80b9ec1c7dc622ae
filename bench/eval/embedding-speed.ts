import { parseSettings } from '../../src/config/load.ts';
import { createStaticEmbedder } from '../../src/embedders/static-embedder.ts';
import { mean } from './metrics.ts';

const ROUNDS = 5;

/** How fast the shipped model loads (its checksums included) and embeds on one core, and the memory that it adds. */
export async function measureEmbedding(texts: string[], print: (line?: string) => void): Promise<void> {
  const megabytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6;
  const rss = process.memoryUsage.rss();
  const beforeLoad = performance.now();
  const embedder = await createStaticEmbedder(parseSettings({ EMBEDDING_PROVIDER: 'static' }));
  const loadMs = performance.now() - beforeLoad;
  const addedMb = (process.memoryUsage.rss() - rss) / 2 ** 20;

  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    // Processor time: a second on one core, whoever else is at work.
    const before = process.cpuUsage();
    await embedder.embed(texts, 'document');
    const { user, system } = process.cpuUsage(before);
    rates.push(megabytes / ((user + system) / 1e6));
  }
  print(
    `\nembedding: ${embedder.name} loads in ${loadMs.toFixed(0)} ms (target 300), adds ${addedMb.toFixed(0)} MiB`,
  );
  print(
    `  ${megabytes.toFixed(1)} MB of text, ${ROUNDS} times: ${mean(rates).toFixed(1)} MB/s of processor time, slowest ${Math.min(...rates).toFixed(1)} (target 3)`,
  );
}
