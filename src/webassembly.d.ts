/** The part of the WebAssembly interface that is used: TypeScript has it in its library for browsers only. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }

  class Instance {
    readonly exports: Readonly<Record<string, unknown>>;
    constructor(module: Module);
  }

  interface Memory {
    readonly buffer: ArrayBuffer;
  }

  interface Imports {
    readonly env: Record<string, unknown>;
  }

  function instantiate(
    bytes: Uint8Array,
    imports: Imports,
  ): Promise<{ readonly instance: Instance; readonly module: Module }>;
}
