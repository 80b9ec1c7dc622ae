import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeWith } from '../support/describe-with.ts';
import { eventually, get, ingest, post, postForEvents } from '../support/http.ts';
import { answers, startOpenAiServer, type OpenAiServer } from '../support/openai-server.ts';
import { metricsIn } from '../support/prom-ql.ts';
import { readScrape, total, type Scrape } from '../support/prometheus.ts';
import { readYaml } from '../support/simple-yaml.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';

type Panel = {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string; datasource: { uid: string } }[];
};
type Dashboard = { panels: Panel[]; templating: { list: { name: string; type: string; query: string }[] } };
type Rule = {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; description: string };
};

const FOLDER = join(import.meta.dirname, '..', '..', 'deploy', 'grafana');
const ALERTS = join(FOLDER, 'sallyport-alerts.yaml');
const read = (path: string) => readFileSync(path, 'utf8');
const dashboard = JSON.parse(read(join(FOLDER, 'sallyport-dashboard.json'))) as Dashboard;
const rules = (readYaml(read(ALERTS)) as { groups: { name: string; rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);

/** What Grafana puts in place of its variables. */
const filledIn = (expr: string): string =>
  expr
    .replaceAll('$__rate_interval', '5m')
    .replaceAll('$__range', '6h')
    .replaceAll(/"\$(job|instance)"/g, '".*"');
const targets = dashboard.panels.flatMap(({ title, targets: of = [] }) =>
  of.map(({ expr, datasource }) => ({ title, expr: filledIn(expr), uid: datasource.uid })),
);

describe('the dashboard', () => {
  test('has a panel for traffic, errors, latency, tokens, cost, verdicts, refusals, queues, the index and the audit log', () => {
    const titles = dashboard.panels.map(({ title }) => title).join('\n');
    for (const subject of [
      'Requests',
      'Failed',
      'stage',
      'Tokens',
      'Cost',
      'Findings',
      'Refused',
      'Waiting',
      'Postgres',
      'Chunks',
      'Audit',
    ])
      expect(titles).toContain(subject);
  });

  test('takes its data from the source that is chosen, and uses no other variable than its own', () => {
    const variables = new Set(dashboard.templating.list.map(({ name }) => name));
    expect(dashboard.templating.list[0]).toMatchObject({
      name: 'datasource',
      type: 'datasource',
      query: 'prometheus',
    });
    for (const { expr, uid } of targets) {
      expect(uid).toBe('${datasource}');
      expect(expr).not.toContain('$');
    }
    expect([...variables].sort()).toEqual(['datasource', 'instance', 'job']);
  });

  test('has panels that lie beside each other and on no other', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const { title, gridPos } of panels) {
      expect([title, gridPos.x + gridPos.w <= 24]).toEqual([title, true]);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect([title, taken.has(`${x},${y}`)]).toEqual([title, false]);
          taken.add(`${x},${y}`);
        }
    }
  });
});

describe('the alert rules', () => {
  test('say how bad it is, and what to do', () => {
    expect(rules.length).toBeGreaterThan(10);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, labels, annotations } of rules) {
      expect([alert, labels.severity]).toEqual([alert, expect.stringMatching(/^(warning|critical)$/)]);
      expect([alert, annotations.summary]).toEqual([alert, expect.stringMatching(/\w{3}/)]);
      expect([alert, annotations.description.length > 80]).toEqual([alert, true]);
    }
  });

  test('watch errors, refusals, budgets, queues and the audit log', () => {
    const all = rules.map(({ alert }) => alert).join('\n');
    for (const subject of ['ErrorRate', 'Refusals', 'Budget', 'Queue', 'Audit'])
      expect(all).toContain(subject);
  });

  test('name settings and routes that there are', () => {
    const schema = read(join(FOLDER, '..', '..', 'src', 'config', 'schema.ts'));
    const said = rules.map(({ annotations }) => annotations.description).join('\n');
    const settings = said.match(/\b[A-Z]+(?:_[A-Z]+)+\b/g) ?? [];
    expect(settings.length).toBeGreaterThan(5);
    for (const setting of settings) expect(schema).toContain(`  ${setting}: `);
  });

  const promtool = spawnSync('promtool', ['check', 'rules', ALERTS], { encoding: 'utf8' });
  const isThere = promtool.error === undefined;
  (isThere ? test : test.skip)('are accepted by promtool, where it is installed', () => {
    expect([promtool.status, promtool.stderr]).toEqual([0, '']);
  });
});

describeWith('TEST_REDIS_URL', 'every expression of the dashboard and the alerts', (redis) => {
  let provider: OpenAiServer;
  let server: RunningServer;
  let scraped: Scrape;
  beforeAll(async () => {
    provider = await startOpenAiServer();
    server = await startServer({
      env: {
        ...provider.env,
        REDIS_URL: redis,
        LLM_PRICE_PER_MILLION_INPUT_TOKENS: '1',
        LLM_PRICE_PER_MILLION_OUTPUT_TOKENS: '1',
        BUDGET_USD_PER_DAY: '5',
        BUDGET_USD_PER_MONTH: '50',
      },
    });
    await ingest(server, [{ text: 'The archive closes at five.' }]);
    provider.onChat = answers('The archive closes at five [1].');
    const query = 'When does the archive close? Ann Lee, ann.lee@mail.example, asks.';
    await postForEvents(server, '/query', { query, stream: true });
    await post(server, '/query', { query });
    scraped = await eventually(
      async () => {
        const now = readScrape((await get(server, '/metrics')).body as string);
        const calls = total(now, 'http_server_request_duration_seconds_count', { http_route: '/query' });
        return calls === 2 && now;
      },
      { what: 'the traffic' },
    );
  });
  afterAll(async () => {
    await server.stop();
    await provider.stop();
  });

  test('is balanced, and reads metrics that a server gives', () => {
    const given = new Set(scraped.samples.map(({ name }) => name));
    // Prometheus makes this one itself.
    given.add('up');
    const expressions = [
      ...targets.map(({ title, expr }) => ({ of: title, expr })),
      ...rules.map(({ alert, expr }) => ({ of: alert, expr })),
    ];
    for (const { of, expr } of expressions) {
      const names = [...metricsIn(expr)];
      expect([of, names.length > 0]).toEqual([of, true]);
      expect([of, names.filter((name) => !given.has(name))]).toEqual([of, []]);
    }
  });

  test('picks by labels that a server gives', () => {
    const given = new Set(scraped.samples.flatMap(({ labels }) => Object.keys(labels)));
    // Prometheus adds these two to what it scrapes.
    for (const own of ['job', 'instance']) given.add(own);
    for (const expr of [...targets, ...rules].map((one) => one.expr)) {
      const picked = [...expr.matchAll(/[{,]\s*(\w+)(?:=|!=|=~|!~)"/g)].map(([, name]) => name!);
      const grouped = [...expr.matchAll(/\b(?:by|ignoring) \(([^)]*)\)/g)].flatMap(([, names]) =>
        names!.split(/,\s*/),
      );
      // An error's type is there once a call has failed.
      const unknown = [...picked, ...grouped].filter((name) => !given.has(name) && name !== 'error_type');
      expect([expr, unknown]).toEqual([expr, []]);
    }
  });
});
