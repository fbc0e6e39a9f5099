export { Queue } from '../../bench/soak/load/queue.ts'
