import { describe, expect, test } from '@jest/globals';
import { parseSettings } from '../../../src/config/load.ts';
import { settingsSchema } from '../../../src/config/schema.ts';
import { createFileSource } from '../../../src/secrets/file-secret-source.ts';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDockerfile } from '../../support/dockerfile.ts';
import { faultsIn, readManifests, type Manifest } from '../../support/kubernetes-manifests.ts';

const { 'kustomization.yaml': kustomization, 'secret.example.yaml': secret, ...applied } = readManifests();
const of = (file: string): Manifest => applied[`${file}.yaml`]!;
const pod = of('deployment').spec.template.spec;
const [container] = pod.containers;
const settings = parseSettings(of('config-map').data as Record<string, string>);

describe('the Kubernetes manifests', () => {
  test.each([...Object.entries(applied), ['secret.example.yaml', secret!] as const])(
    '%s is what Kubernetes takes, and has no field that it does not know',
    async (_, manifest) => {
      expect(await faultsIn(manifest)).toEqual([]);
    },
  );

  test('a misspelt field and a wrong type are found', async () => {
    const broken = structuredClone(of('deployment'));
    const [first] = broken.spec.template.spec.containers;
    first.readynessProbe = first.readinessProbe;
    expect(await faultsIn(broken)).toEqual(['/spec/template/spec/containers/0/readynessProbe is unknown']);
    first.livenessProbe.periodSeconds = '10';
    expect(await faultsIn(broken)).toEqual([
      expect.stringContaining('livenessProbe/periodSeconds must be integer'),
    ]);
  });

  test('all of them are applied, but for the example of a secret', () => {
    expect([...kustomization!.resources].sort()).toEqual(Object.keys(applied).sort());
  });

  test('whatever chooses pods chooses these', () => {
    const labels = of('deployment').spec.template.metadata.labels;
    const chosen = [
      of('deployment').spec.selector.matchLabels,
      of('service').spec.selector,
      of('pod-disruption-budget').spec.selector.matchLabels,
      of('network-policy').spec.podSelector.matchLabels,
      ...pod.topologySpreadConstraints.map((spread: Manifest) => spread.labelSelector.matchLabels),
    ];
    for (const selector of chosen) expect(selector).toEqual(labels);
    expect(of('service').spec.ports[0].targetPort).toBe(container.ports[0].name);
  });

  test('a pod keeps to the restricted profile, and has no token', () => {
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(`${pod.securityContext.runAsUser}:${pod.securityContext.runAsGroup}`).toBe(readDockerfile().user);
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    for (const name of ['hostNetwork', 'hostPID', 'hostIPC', 'initContainers'])
      expect(pod).not.toHaveProperty(name);
    expect(of('namespace').metadata.labels['pod-security.kubernetes.io/enforce']).toBe('restricted');
    expect(container.resources).toMatchObject({
      requests: { cpu: expect.anything(), memory: expect.anything() },
      limits: { memory: expect.anything() },
    });
  });

  test('it may write where the image says that it writes, and reads its secrets where the settings say', () => {
    const mounted = container.volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath);
    expect(mounted).toEqual([settings.SECRETS_DIR, '/tmp', readDockerfile().env.DATA_DIR]);
    expect(settings.SECRETS_PROVIDER).toBe('file');
  });

  test('every name in the ConfigMap and the Secret is that of a setting', async () => {
    const names = Object.keys(settingsSchema.shape);
    for (const name of Object.keys(of('config-map').data as object)) expect(names).toContain(name);
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-secrets-'));
    const keys = Object.keys(secret!.stringData as object);
    for (const key of keys) writeFileSync(join(folder, key), 'value');
    expect(Object.keys(await createFileSource({ SECRETS_DIR: folder }).read())).toHaveLength(keys.length);
  });

  test('a rollout takes none away before another one is ready, and leaves them the time that they need to stop', () => {
    expect(of('deployment').spec).toMatchObject({
      replicas: 2,
      strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    });
    const { SHUTDOWN_DELAY_SECONDS: delay, SHUTDOWN_GRACE_SECONDS: grace } = settings;
    const preStop = container.lifecycle.preStop.sleep.seconds as number;
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(preStop + 2 * delay + grace);
  });

  test('only readiness asks for the stores: a slow database gets nobody killed', () => {
    const { startupProbe, livenessProbe, readinessProbe } = container;
    const paths = [startupProbe, livenessProbe, readinessProbe].map((probe) => probe.httpGet.path);
    expect(paths).toEqual(['/health', '/health', '/ready']);
    // The start itself waits for the stores, and then migrates.
    expect(startupProbe.periodSeconds * startupProbe.failureThreshold).toBeGreaterThan(
      2 * settings.START_TIMEOUT_SECONDS,
    );
  });

  test('it is reached from the ingress controller alone, and reaches what it needs alone', () => {
    const { ingress, egress, policyTypes } = of('network-policy').spec;
    expect(policyTypes).toEqual(['Ingress', 'Egress']);
    expect(ingress).toHaveLength(1);
    expect(ingress[0].from).toEqual([
      { namespaceSelector: expect.anything(), podSelector: expect.anything() },
    ]);
    const ports = egress.map((rule: Manifest) => rule.ports.map(({ port }: { port: number }) => port));
    expect(ports).toEqual([[53, 53], [5432], [6379], [4317, 4318], [443]]);
    const outside = egress.at(-1).to[0].ipBlock;
    expect(outside.except).toEqual(
      expect.arrayContaining(['10.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16']),
    );
  });

  test('the ingress streams, takes documents, and repeats no more than nginx.conf does', () => {
    const { annotations } = of('ingress').metadata;
    const nginx = (name: string): string => annotations[`nginx.ingress.kubernetes.io/${name}`] as string;
    expect([nginx('proxy-buffering'), nginx('proxy-request-buffering'), nginx('proxy-body-size')]).toEqual([
      'off',
      'off',
      '26m',
    ]);
    expect(nginx('proxy-next-upstream')).toBe('error timeout http_503');
  });
});
