import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Meter } from '@opentelemetry/api';

const RESOLUTION_MS = 20;
const NANOSECONDS_PER_SECOND = 1e9;
const MICROSECONDS_PER_SECOND = 1e6;

/** What this process takes of the machine, and how long the event loop keeps others waiting. Gives what ends the watching. */
export function observeProcess(meter: Meter): () => void {
  const gauge = (name: string, unit: string, description: string, read: () => number) =>
    meter.createObservableGauge(name, { unit, description }).addCallback((result) => result.observe(read()));
  gauge('process.memory.usage', 'By', 'Physical memory in use', () => process.memoryUsage.rss());
  gauge('v8js.memory.heap.used', 'By', 'JavaScript heap in use', () => process.memoryUsage().heapUsed);
  gauge('process.uptime', 's', 'Time since the process started', () => process.uptime());
  meter
    .createObservableCounter('process.cpu.time', { unit: 's', description: 'Processor time' })
    .addCallback((result) => {
      const { user, system } = process.cpuUsage();
      result.observe(user / MICROSECONDS_PER_SECOND, { 'cpu.mode': 'user' });
      result.observe(system / MICROSECONDS_PER_SECOND, { 'cpu.mode': 'system' });
    });
  return observeEventLoop(meter);
}

function observeEventLoop(meter: Meter): () => void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const options = (what: string) => ({
    unit: 's',
    description: `Event loop delay since it was last read, ${what}`,
  });
  const p99 = meter.createObservableGauge('nodejs.eventloop.delay.p99', options('99th percentile'));
  const longest = meter.createObservableGauge('nodejs.eventloop.delay.max', options('longest'));
  // What is measured is how late a timer of 20 ms comes: those 20 ms are no delay.
  const seconds = (nanoseconds: number) =>
    Math.max(0, nanoseconds / NANOSECONDS_PER_SECOND - RESOLUTION_MS / 1_000);
  meter.addBatchObservableCallback(
    (result) => {
      result.observe(p99, seconds(delay.percentile(99)));
      result.observe(longest, seconds(delay.max));
      delay.reset();
    },
    [p99, longest],
  );
  return () => void delay.disable();
}
