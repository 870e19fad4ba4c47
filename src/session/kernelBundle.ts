import { readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zipSync, type Zippable } from 'fflate';

/** What the kernel is told at its beginning; see pyspark/medallion_kernel. */
export interface KernelSettings {
  format: 1;
  appName: string;
  /** `spark://…`, as the kernel sees it. */
  master: string;
  /** Spark properties. */
  properties: Record<string, string>;
  /** The directory on HDFS with bronze, silver and gold. */
  lakeRoot: string;
  /** `hdfs://…`, as the kernel sees it. */
  fileSystem: string;
  environment: Record<string, string>;
}

/** The packages that a kernel gets; the wrapper of jobs is none of its business. */
const packages = ['medallion_kernel', 'medallion'];
const left = 'medallion/driver.py';

let bundle: Promise<Buffer> | undefined;

/** The zip of `medallion_kernel` and `medallion`, from the package that this file is part of, whether bundled or not. */
export function readKernelBundle(): Promise<Buffer> {
  bundle ??= makeKernelBundle(fileURLToPath(import.meta.url)).catch((error: unknown) => {
    bundle = undefined;
    throw error;
  });
  return bundle;
}

async function makeKernelBundle(from: string): Promise<Buffer> {
  const entries: Zippable = {};
  const folder = await findUpwards(from, 'pyspark');
  for (const name of packages)
    for (const file of (await readdir(join(folder, name))).sort()) {
      const path = `${name}/${file}`;
      if (file.endsWith('.py') && path !== left) entries[path] = await readFile(join(folder, name, file));
    }
  return Buffer.from(zipSync(entries, { level: 6 }));
}

/** The folder `name` upwards of a file that has the kernel's package in it. */
async function findUpwards(from: string, name: string): Promise<string> {
  for (let directory = dirname(from); ; directory = dirname(directory)) {
    const candidate = join(directory, name);
    try {
      await readdir(join(candidate, packages[0]!));
      return candidate;
    } catch (error) {
      if (directory === dirname(directory)) throw error;
    }
  }
}

/** The code that begins a session in a fresh kernel, and changes nothing in one that has begun. It leaves no name behind. */
export function beginCode(zip: Buffer, settings: KernelSettings): string {
  return [
    'def __medallion_begin(packed, settings):',
    '    import sys',
    '    if "medallion_kernel" not in sys.modules:',
    '        import atexit, base64, io, shutil, tempfile, zipfile',
    '        folder = tempfile.mkdtemp(prefix="medallion-kernel-")',
    '        atexit.register(shutil.rmtree, folder, ignore_errors=True)',
    '        with zipfile.ZipFile(io.BytesIO(base64.b64decode(packed))) as bundle:',
    '            bundle.extractall(folder)',
    '        sys.path.insert(0, folder)',
    '    import medallion_kernel',
    '    medallion_kernel.begin(get_ipython(), settings)',
    'try:',
    `    __medallion_begin("${zip.toString('base64')}", ${pythonText(JSON.stringify(settings))})`,
    'finally:',
    '    del __medallion_begin',
    '',
  ].join('\n');
}

/** A text as a Python literal: JSON's escapes are Python's too. */
export function pythonText(text: string): string {
  return JSON.stringify(text);
}
