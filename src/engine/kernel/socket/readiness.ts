import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP } from '../reactor.ts'

/** The events of a socket, as flags of epoll_ctl(2), until they are acted on: an edge comes only once. */
export class Readiness {
  #said = EPOLLOUT

  /** recv may have something: data, the end or an error. */
  get readable(): boolean {
    return (this.#said & EPOLLIN) !== 0
  }

  /** send may take something. */
  get writable(): boolean {
    return (this.#said & EPOLLOUT) !== 0
  }

  /** There is nothing to recv until the next event. */
  drained(): void {
    this.#said &= ~(EPOLLIN | EPOLLPRI)
  }

  /** There is no room to send into until the next event. */
  filled(): void {
    this.#said &= ~EPOLLOUT
  }

  /** True, once, if EAGAIN is in doubt: at an urgent byte recv returns it on a signal, even if there are bytes. */
  doubtsEagain(): boolean {
    const doubts = (this.#said & EPOLLPRI) !== 0
    this.#said &= ~EPOLLPRI
    return doubts
  }

  /** An end or an error is found by reading. */
  protected note(events: number): void {
    this.#said |= events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR) ? events | EPOLLIN : events
  }

  /** An urgent byte or a FIN has come. */
  protected get saidOfMoreThanData(): boolean {
    return (this.#said & (EPOLLPRI | EPOLLRDHUP)) !== 0
  }
}
