/** The way to the channels, which need system calls. */
import { formatAddress } from '../../config/fields/address.ts'
import type { ControlAddress } from '../../config/sections/control.ts'
import type { ChannelListener } from '../../system/sockets/channel-listener.ts'
import type { DescriptorChannel } from '../../system/sockets/descriptor-channel.ts'
import { StartFailed } from '../exit.ts'
import { cannotListen } from '../sockets/cannot-listen.ts'

/** @throws {StartFailed} where system calls cannot be made, or if the address cannot be listened on */
export const listenForSuccessor = async (address: ControlAddress): Promise<ChannelListener> => {
  const { ChannelListener } = await loaded('control', import('../../system/sockets/channel-listener.ts'))
  try {
    return ChannelListener.listen(address.path)
  } catch (error) {
    throw cannotListen('the control socket', address, error)
  }
}

/** @param descriptor of the control socket of the copyloop before */
export const adoptControl = async ({ path }: ControlAddress, descriptor: number): Promise<ChannelListener> => {
  const { ChannelListener } = await loaded('control', import('../../system/sockets/channel-listener.ts'))
  return ChannelListener.adopt(descriptor, path)
}

/**
 * @param mayBeNone whether it is no error that there is none: undefined then
 * @throws {StartFailed} if no copyloop answers there, with what to do
 */
export const connectToPredecessor = async (
  address: ControlAddress,
  mayBeNone: boolean,
): Promise<DescriptorChannel | undefined> => {
  const { DescriptorChannel } = await loaded('--take-over', import('../../system/sockets/descriptor-channel.ts'))
  try {
    return DescriptorChannel.connect(address.path)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (mayBeNone && (code === 'ENOENT' || code === 'ECONNREFUSED')) return undefined
    const says = `cannot take over through ${formatAddress(address)}: ${advice(address, code)} (${code ?? message})`
    throw new StartFailed(says, { cause: error })
  }
}

const advice = (address: ControlAddress, code: string | undefined): string => {
  const ask = `is copyloop running with \`control: ${formatAddress(address)}\`? If none is to be taken over from, start without --take-over`
  switch (code) {
    case 'ENOENT':
      return `there is no such socket; ${ask}`
    case 'ECONNREFUSED':
      return `nobody listens there; ${ask}`
    case 'EACCES':
    case 'EPERM':
      return 'this user may not connect to it; start the new copyloop as the user of the running one'
    case 'EPROTOTYPE':
      return 'it is not the control socket of a copyloop; give the address of `control` in the config of the running one'
    case 'EAGAIN':
      return 'too many wait there already; try again later'
    default:
      return 'the system refuses it'
  }
}

const loaded = async <Module>(what: string, loading: Promise<Module>): Promise<Module> => {
  try {
    return await loading
  } catch (error) {
    const says = `${what} needs system calls through koffi, which cannot be loaded here: ${(error as Error).message}`
    throw new StartFailed(says, { cause: error })
  }
}
