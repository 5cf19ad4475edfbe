const isDeno = "Deno" in globalThis

/**
 * Differences between Node, Bun, and Deno that nothing else reveals. No other file checks the name of the runtime: it
 * checks for a capability, or tries a function.
 */
export const CAPABILITIES = {
  /** Whether datagrams are sent in order. Deno may reorder those that are sent before the system has accepted the previous one. */
  ordersDatagrams: !isDeno,
  /**
   * Whether the size of the system's receive buffer can be set. Deno instead allocates a buffer of that size for each
   * datagram, which takes 0.4 ms with 4 MiB.
   */
  sizesReceiveBuffer: !isDeno,
  /** Whether everything that a thread has sent arrives before its end. In Deno, memory arrives later in a third of all cases. */
  deliversBeforeEnd: !isDeno,
  /** Whether a thread has an event when its event loop is empty, in which it can post messages. In Deno, it ends without one. */
  reportsIdleThreads: !isDeno,
  /** Whether `fill` with a pattern copies to or from shared memory faster than `set`, which copies word by word. */
  fillsSharedMemoryFaster: !isDeno,
} as const
