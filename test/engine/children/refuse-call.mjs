/**
 * Run before a program (`node --import refuse-call.mjs?splice`), it makes the kernel refuse a system call to this process
 * and its children, as the sandbox of a container may: seccomp(2) with a filter that answers EPERM.
 */
import koffi from 'koffi'

/** Numbers of the system calls: asm/unistd_64.h on x64, asm-generic/unistd.h on arm64. */
const CALLS = {
  x64: { splice: 275, sched_setscheduler: 144, seccomp: 317 },
  arm64: { splice: 76, sched_setscheduler: 119, seccomp: 277 },
}
/** prctl(2) */
const PR_SET_NO_NEW_PRIVS = 38
/** seccomp(2) */
const SECCOMP_SET_MODE_FILTER = 1
const SECCOMP_FILTER_FLAG_TSYNC = 1
const SECCOMP_RET_ERRNO = 0x00050000
const SECCOMP_RET_ALLOW = 0x7fff0000
const EPERM = 1
/** linux/bpf_common.h: BPF_LD | BPF_W | BPF_ABS, BPF_JMP | BPF_JEQ | BPF_K, BPF_RET | BPF_K */
const LOAD = 0x20
const JUMP_IF_EQUAL = 0x15
const RETURN = 0x06
/** struct seccomp_data begins with the number of the call. */
const NUMBER_OF_CALL = 0

const calls = process.platform === 'linux' ? CALLS[process.arch] : undefined
if (calls === undefined)
  throw new Error(`the numbers of system calls on ${process.platform} ${process.arch} are not known`)
const refused = calls[new URL(import.meta.url).search.slice(1)]
if (refused === undefined) throw new Error(`which call is to be refused? ${Object.keys(calls)}`)

/** struct sock_filter: code, steps to jump if true, if false, operand */
const program = [
  [LOAD, 0, 0, NUMBER_OF_CALL],
  [JUMP_IF_EQUAL, 0, 1, refused],
  [RETURN, 0, 0, SECCOMP_RET_ERRNO | EPERM],
  [RETURN, 0, 0, SECCOMP_RET_ALLOW],
]

// Memory that does not move: a small Buffer would.
const filter = Buffer.allocUnsafeSlow(4096)
program.forEach(([code, ifTrue, ifFalse, operand], index) => {
  filter.writeUInt16LE(code, index * 8)
  filter.writeUInt8(ifTrue, index * 8 + 2)
  filter.writeUInt8(ifFalse, index * 8 + 3)
  filter.writeUInt32LE(operand, index * 8 + 4)
})
/** struct sock_fprog: how many, then where. */
const description = Buffer.allocUnsafeSlow(4096)
description.writeUInt16LE(program.length, 0)
description.writeBigUInt64LE(BigInt(koffi.address(filter)), 8)

const libc = koffi.load(null)
const prctl = libc.func('prctl', 'int', ['int', 'ulong', 'ulong', 'ulong', 'ulong'])
const syscall = libc.func('syscall', 'long', ['long', 'long', 'long', 'uintptr_t'])

const check = (name, result) => {
  if (result !== 0) throw new Error(`${name} is refused here: error ${koffi.errno()}`)
}
check('prctl', prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
const address = Number(koffi.address(description))
check('seccomp', syscall(calls.seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, address))
