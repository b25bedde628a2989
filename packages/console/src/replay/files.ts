import type { BundleFile } from "@writ/engine/bundle";

/** Files as they were chosen or dropped: a file's path begins below what was given. */
export interface GivenFile {
  readonly path: string;
  readonly file: File;
}

/** Files of an input field; a folder's come with their paths. */
export function chosenFiles(list: FileList | null): readonly GivenFile[] {
  return Array.from(list ?? [], (file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** Files and folders that were dropped; of a folder, what lies directly in it. */
export async function droppedFiles(transfer: DataTransfer | null): Promise<readonly GivenFile[]> {
  const entries = Array.from(transfer?.items ?? []).flatMap(
    (item) => item.webkitGetAsEntry() ?? [],
  );
  const given = await Promise.all(entries.map(filesOf));
  return given.flat();
}

async function filesOf(entry: FileSystemEntry): Promise<readonly GivenFile[]> {
  if (entry.isFile) return [await given(entry as FileSystemFileEntry)];
  const inside = await entriesIn(entry as FileSystemDirectoryEntry);
  return Promise.all(
    inside.filter(({ isFile }) => isFile).map((each) => given(each as FileSystemFileEntry)),
  );
}

function given(entry: FileSystemFileEntry): Promise<GivenFile> {
  return new Promise((resolve, reject) => {
    entry.file((file) => resolve({ path: entry.fullPath.replace(/^\//, ""), file }), reject);
  });
}

/** A reader gives a folder in pieces, until it gives none. */
async function entriesIn(folder: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const piece = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (piece.length === 0) return all;
    all.push(...piece);
  }
}

/** The bundle among these files: as in a terminal, what lies directly in the folder. */
export function bundleOf(files: readonly GivenFile[]): readonly GivenFile[] {
  return files.filter(({ path }) => /^(?:[^/]+\/)?[^/]+\.(?:ya?ml|json)$/.test(path));
}

/** The texts of a bundle. What is not UTF-8 is refused: a replaced character would be new policy. */
export async function bundleTexts(
  files: readonly GivenFile[],
): Promise<{ readonly files: readonly BundleFile[] } | { readonly fault: string }> {
  const texts: BundleFile[] = [];
  for (const { path, file } of files) {
    try {
      const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
      texts.push({ path: file.name, text: utf8.decode(await file.arrayBuffer()) });
    } catch {
      return { fault: `${path} is not UTF-8, or cannot be read.` };
    }
  }
  return { files: texts };
}

/** The bytes of a file, piece by piece. */
export async function* piecesOf(file: File): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.releaseLock();
  }
}
