/** Whether the runtime may reorder datagrams that are sent before it has passed the previous one to the system. */
export const REORDERS_DATAGRAMS = "Deno" in globalThis
