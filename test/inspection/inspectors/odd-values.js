/** What JavaScript can throw beside errors, and errors that are none inside. Each is made anew. */
import { runInNewContext } from 'node:vm'

const errorWith = (property, descriptor) => Object.defineProperty(new Error('as usual'), property, descriptor)

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

const refusing = () => {
  throw new Error('it does not want to be seen')
}

export const oddValues = {
  'a number as message': () => errorWith('message', { value: 7 }),
  'an object as message': () => errorWith('message', { value: { a: 1 } }),
  'no message': () => errorWith('message', { value: undefined }),
  'a function as message': () => errorWith('message', { value: () => 'called' }),
  'a symbol as message': () => errorWith('message', { value: Symbol('message') }),
  'a getter of the message that throws': () => errorWith('message', { get: refusing }),
  'a symbol as stack': () => errorWith('stack', { value: Symbol('stack') }),
  'a getter of the stack that throws': () => errorWith('stack', { get: refusing }),
  'a getter of the name that throws': () => errorWith('name', { get: refusing }),
  'a cause that cannot be cloned': () => new Error('with a cause', { cause: () => {} }),
  'a toString that throws': () => ({ toString: refusing }),
  'an object without a prototype': () => Object.create(null),
  null: () => null,
  undefined: () => undefined,
  'a symbol': () => Symbol('thrown'),
  'a function': () => () => 'called',
  'a bigint': () => 7n,
  'an empty text': () => '',
  'a long text': () => 'x'.repeat(10_000_000),
  'a proxy': () => new Proxy(new Error('behind a proxy'), { get: refusing, getPrototypeOf: refusing }),
  'a revoked proxy': revoked,
  'a frozen object': () => Object.freeze({ frozen: true }),
  'an error of another realm': () => runInNewContext(`new TypeError('from elsewhere')`),
  'a promise': () => Promise.resolve('thrown'),
  'a rejected promise': () => Promise.reject(null),
}
