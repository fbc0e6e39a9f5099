/** examples/kubernetes, held against what copyloop does, and against the Dockerfile. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { parseConfig } from '../../../src/config/load.ts'
import { stopMs } from '../../../src/primary/operator/drain.ts'
import { execForm, lastOf, readStages } from '../../support/dockerfile.ts'
import { until } from '../../support/until.ts'
import { closeAll, echo, echoServer, open } from '../support/echo.ts'
import { Copyloop, endAll, newDirectory, relayTo, writeConfig } from '../support/proxy.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

const DIRECTORY = 'examples/kubernetes'
/** Kubernetes reads YAML 1.1, where 0440 is octal. */
const read = (name: string) => parse(readFileSync(join(DIRECTORY, name), 'utf8'), { version: '1.1', uniqueKeys: true })

const deployment = read('deployment.yaml')
const service = read('service.yaml')
const budget = read('disruption-budget.yaml')
const kustomization = read('kustomization.yaml')
const pod = deployment.spec.template.spec
const [container] = pod.containers

const TOKEN = 'a-token-for-tests-only'
const tokenFile = join(newDirectory(), 'token')
writeFileSync(tokenFile, TOKEN, { mode: 0o600 })
const text = readFileSync(join(DIRECTORY, 'copyloop.yaml'), 'utf8')
const TOKEN_FILE = /^ +tokenFile: (\S+)$/m
const config = parseConfig(text.replace(TOKEN_FILE, `  tokenFile: ${tokenFile}`), join(DIRECTORY, 'copyloop.yaml'))
const image = readStages('Dockerfile').at(-1)
const version: string = JSON.parse(readFileSync('package.json', 'utf8')).version

const port = (name: string): number | undefined =>
  container.ports.find((one: { name: string }) => one.name === name)?.containerPort

test('kustomization names every file, and the image has the version of the package', () => {
  const named = [...kustomization.resources, ...kustomization.configMapGenerator[0].files, 'kustomization.yaml']
  expect(named.toSorted()).toEqual(readdirSync(DIRECTORY).toSorted())
  expect(kustomization.images).toEqual([{ name: container.image, newTag: version }])
  expect(pod.volumes[0].configMap.name).toBe(kustomization.configMapGenerator[0].name)
})

test('what selects pods selects these', () => {
  const { labels } = deployment.spec.template.metadata
  for (const selector of [
    deployment.spec.selector.matchLabels,
    service.spec.selector,
    budget.spec.selector.matchLabels,
  ])
    expect(labels).toMatchObject(selector)
  expect(budget.spec.minAvailable).toBeLessThan(deployment.spec.replicas)
})

test('ports are those of the config', () => {
  const [listener] = config.listeners
  expect(listener?.listen).toEqual([{ kind: 'tcp', host: '', port: port('web') }])
  expect(config.admin).toMatchObject({ listen: { host: '0.0.0.0', port: port('admin') } })
  expect(service.spec.ports[0].targetPort).toBe('web')
})

test('the config and the token are where copyloop looks for them, and its user may read them', () => {
  const [command] = [image && execForm(lastOf(image, 'CMD'))]
  const mountOf = (name: string): string =>
    container.volumeMounts.find((mount: { name: string }) => mount.name === name)?.mountPath
  expect(container.command ?? container.args).toBeUndefined()
  expect(command?.at(-1)).toBe(`${mountOf('config')}/copyloop.yaml`)
  expect(TOKEN_FILE.exec(text)?.[1]).toBe(`${mountOf('token')}/token`)
  const [user, group] = (image ? lastOf(image, 'USER') : '').split(':').map(Number)
  expect(pod.securityContext).toMatchObject({ runAsUser: user, runAsGroup: group, fsGroup: group, runAsNonRoot: true })
  expect(pod.volumes[1].secret.defaultMode).toBe(0o440)
})

test('nothing is allowed that copyloop does not need', () => {
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  })
  expect(pod.securityContext.seccompProfile).toEqual({ type: 'RuntimeDefault' })
  expect(pod.automountServiceAccountToken).toBe(false)
  expect(container.resources.limits).toHaveProperty('memory')
})

test('a pod is killed only after the longest stop', () => {
  const preStopMs = container.lifecycle.preStop.sleep.seconds * 1000
  expect(pod.terminationGracePeriodSeconds * 1000).toBeGreaterThan(preStopMs + stopMs(config))
})

test('probes ask, without a token, what answers as they expect: ready until a stop is asked for, alive all the time', async () => {
  const { startupProbe, readinessProbe, livenessProbe } = container
  for (const probe of [startupProbe, readinessProbe, livenessProbe])
    expect(port(probe.httpGet.port)).toBe(port('admin'))
  const admin = { listen: '0.0.0.0:0', tokenFile }
  const copyloop = new Copyloop(['run', '-c', writeConfig({ ...relayTo(await echoServer()), admin, drainDelay: '1s' })])
  await copyloop.serving()
  const probe = async ({ httpGet }: { httpGet: { path: string } }): Promise<number> => {
    // A kubelet sends the address of the pod as Host.
    const address = copyloop.adminAddress.replace('0.0.0.0', '127.0.0.1')
    return (await fetch(`http://${address}${httpGet.path}`)).status
  }
  for (const each of [startupProbe, readinessProbe, livenessProbe]) expect(await probe(each)).toBe(200)
  const client = open(copyloop.address('web'))
  await echo(client, 'living')
  copyloop.signal('SIGTERM')
  await until('it is not ready any more', () => copyloop.logged('not ready any more'))
  expect(await probe(readinessProbe)).toBe(503)
  expect(await probe(livenessProbe)).toBe(200)
  client.end()
  expect(await copyloop.exited).toBe(0)
})
