import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { count } from "../parts/format.ts";
import { chosenFiles, droppedFiles, type GivenFile } from "./files.ts";

interface DropProps {
  readonly id: string;
  readonly title: string;
  readonly help: string;
  /** Several files, or a folder, may be given. */
  readonly isFolder?: boolean;
  readonly files: readonly GivenFile[];
  readonly onFiles: (files: readonly GivenFile[]) => void;
}

/** A place to drop files on; the fields in it do the same by keyboard. */
export function Drop({ id, title, help, isFolder = false, files, onFiles }: DropProps): VNode {
  const [isOver, setIsOver] = useState(false);
  const take = async (event: DragEvent): Promise<void> => {
    event.preventDefault();
    setIsOver(false);
    onFiles(await droppedFiles(event.dataTransfer));
  };
  const over = (event: DragEvent): void => {
    event.preventDefault();
    setIsOver(true);
  };
  return (
    <fieldset
      class={isOver ? "drop is-over" : "drop"}
      onDragOver={over}
      onDragLeave={() => setIsOver(false)}
      onDrop={take}
    >
      <legend>{title}</legend>
      <p class="quiet small">{help}. Drop it here, or choose it.</p>
      <div class="field">
        <label for={id}>{isFolder ? "Files" : "File"}</label>
        <input
          id={id}
          type="file"
          multiple={isFolder}
          onChange={(event) => onFiles(chosenFiles(event.currentTarget.files))}
        />
      </div>
      {isFolder ? (
        <div class="field">
          <label for={`${id}-folder`}>Folder</label>
          <input
            id={`${id}-folder`}
            type="file"
            ref={(field) => field?.setAttribute("webkitdirectory", "")}
            onChange={(event) => onFiles(chosenFiles(event.currentTarget.files))}
          />
        </div>
      ) : null}
      <p class="given">{files.length === 0 ? "Nothing yet." : summary(files)}</p>
    </fieldset>
  );
}

function summary(files: readonly GivenFile[]): string {
  const size = files.reduce((sum, { file }) => sum + file.size, 0);
  return `${files.map(({ path }) => path).join(", ")}: ${count(size)} bytes`;
}
