export { Random } from '../../bench/soak/plan/random.ts'
