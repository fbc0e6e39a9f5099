import { types } from 'node:util'
import { expect, test } from 'vitest'
import { describeThrown } from '../../../src/inspection/shared/describe-thrown.ts'
import { oddValues } from '../inspectors/odd-values.js'

const SAID: Readonly<Record<string, string | RegExp>> = {
  'a number as message': 'it threw Error: 7',
  'an object as message': 'it threw Error: [object Object]',
  'no message': 'it threw Error',
  'a function as message': "it threw Error: () => 'called'",
  'a symbol as message': 'it threw what cannot be shown',
  'a getter of the message that throws': 'it threw what cannot be shown',
  'a symbol as stack': 'as usual',
  'a getter of the stack that throws': 'as usual',
  'a getter of the name that throws': 'as usual',
  'a cause that cannot be cloned': 'with a cause',
  'a toString that throws': 'it threw { toString: [Function: refusing] }',
  'an object without a prototype': 'it threw [Object: null prototype] {}',
  null: 'it threw null',
  undefined: 'it threw undefined',
  'a symbol': 'it threw Symbol(thrown)',
  'a function': 'it threw [Function (anonymous)]',
  'a bigint': 'it threw 7n',
  'an empty text': "it threw ''",
  'a long text': /^x{1000}$/,
  'a proxy': /^it threw (Proxy\()?Error: behind a proxy/,
  'a revoked proxy': 'it threw <Revoked Proxy>',
  'a frozen object': 'it threw { frozen: true }',
  'an error of another realm': 'from elsewhere',
  'a promise': "it threw Promise { 'thrown' }",
  'a rejected promise': 'it threw Promise { <rejected> null }',
}

test.each(Object.entries(oddValues))('%s is described', (value, make) => {
  const said = SAID[value] ?? 'not in the table'
  const thrown = make()
  if (types.isPromise(thrown)) thrown.catch(() => {})
  const { message, stack } = describeThrown(thrown)
  expect(message).toEqual(typeof said === 'string' ? said : expect.stringMatching(said))
  expect(['string', 'undefined']).toContain(typeof stack)
})

test('a usual error has its message and its stack', () => {
  const error = new Error('as it should be')
  expect(describeThrown(error)).toEqual({ message: 'as it should be', stack: error.stack })
})
