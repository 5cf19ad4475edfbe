/** A schema as Standard Schema (https://standardschema.dev) has it: zod, valibot, arktype and others. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

export type SchemaResult<Output> =
  { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] }

export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** What may be given to a schema, and what it makes of it. */
export type SchemaInput<S extends StandardSchema> = NonNullable<S["~standard"]["types"]>["input"]
export type SchemaOutput<S extends StandardSchema> = NonNullable<S["~standard"]["types"]>["output"]

/** A value that a schema does not accept. */
export class SchemaError extends Error {
  override readonly name = "SchemaError"

  constructor(readonly issues: readonly SchemaIssue[]) {
    super(issues.map(describe).join("; "))
  }
}

/**
 * What `schema` makes of `value`.
 * @throws SchemaError when it does not accept it; TypeError when it cannot tell at once.
 */
export function validate<Output>(schema: StandardSchema<unknown, Output>, value: unknown): Output {
  const result = schema["~standard"].validate(value)
  if ("then" in result) throw new TypeError("Schemas that validate asynchronously are not supported")
  if (result.issues !== undefined) throw new SchemaError(result.issues)
  return result.value
}

function describe({ message, path }: SchemaIssue): string {
  if (path === undefined || path.length === 0) return message
  return `${path.map((step) => String(typeof step === "object" ? step.key : step)).join(".")}: ${message}`
}
