// The types are structural, so that programs without the types of Node or the DOM can use them.

/** The part of a readable Node stream that is used. It must emit bytes, without an encoding. */
export interface NodeReadable {
  /** Adds an event listener. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  on(event: string, listener: (...values: any[]) => void): unknown
  /** Stops emitting data. */
  pause(): unknown
  /** Resumes emitting data. */
  resume(): unknown
  /** Closes the stream immediately. */
  destroy(): unknown
}

/** The part of a writable Node stream that is used. */
export interface NodeWritable {
  /** Adds an event listener. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  on(event: string, listener: (...values: any[]) => void): unknown
  /** Writes a chunk. Returns false if the buffer is full. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  write(chunk: Uint8Array, encoding?: any, written?: () => void): unknown
  /** Closes the stream after everything is written. */
  end(): unknown
  /** Closes the stream immediately. */
  destroy(): unknown
}

/** A Node stream that is readable and writable, such as a `Duplex`, `net.Socket`, or `tls.TLSSocket`. */
export interface NodeDuplex extends NodeReadable, NodeWritable {
  /** IP address of the peer, if the stream provides it. */
  readonly remoteAddress?: string | undefined
}

/** A pair of Node streams, such as the standard output and the standard input of a child process. */
export interface NodePair {
  /** The stream to read from. */
  readonly readable: NodeReadable
  /** The stream to write to. */
  readonly writable: NodeWritable
}

/**
 * A pair of Web streams of bytes, as provided by WebTransport, `CompressionStream`, and the sockets of Cloudflare
 * Workers.
 */
export interface WebPair {
  /** The stream to read from. */
  readonly readable: {
    /** Locks the stream for reading. */
    getReader(): {
      /** Reads the next chunk. */
      read(): Promise<{ readonly done: boolean; readonly value?: unknown }>
      /** Stops reading. */
      cancel(reason?: unknown): Promise<unknown>
    }
  }
  /** The stream to write to. */
  readonly writable: {
    /** Locks the stream for writing. */
    getWriter(): {
      /** Writes a chunk. */
      write(chunk: Uint8Array): Promise<unknown>
      /** Closes the stream after everything is written. */
      close(): Promise<unknown>
      /** Closes the stream immediately. */
      abort(reason?: unknown): Promise<unknown>
    }
  }
  /** Called when the streams are no longer used. */
  close?(): unknown
}

/**
 * One end of a message channel. The other end must be attached to a socket of this library, or use the same protocol of
 * three messages. It can be a `MessagePort`, a `Worker`, `self` in a worker, or Electron's `MessagePortMain`,
 * `UtilityProcess`, or `process.parentPort`.
 */
export interface MessageChannelEnd {
  /** Posts a message. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  postMessage(message: any, transfer?: any): unknown
  /** Adds an event listener (DOM). */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  addEventListener?(type: any, listener: any): unknown
  /** Removes an event listener (DOM). */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  removeEventListener?(type: any, listener: any): unknown
  /** Adds an event listener (Node, Electron). */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  on?(event: any, listener: any): unknown
  /** Removes an event listener (Node, Electron). */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  off?(event: any, listener: any): unknown
  /** Starts delivering messages. */
  start?(): unknown
  /** Closes the channel. */
  close?(): unknown
}

/**
 * A bidirectional, ordered stream of bytes. The socket owns it: do not read from it, write to it, or end it yourself.
 */
export type AnyStream = NodeDuplex | NodePair | WebPair | MessageChannelEnd
