/** What is said where there is no chat yet, or something stands in its way; always with what to do next. */

import type { ReactNode } from 'react';

import { PACKAGE_VERSION } from '../link/version';
import { visible } from '../turn/visible';
import { cut } from '../turn/words';
import { CopyButton } from './Buttons';
import type { Chat } from './chat';
import { useServices } from './context';
import { kimiIcon } from './icon';

interface CardProps {
  readonly title: string;
  readonly children?: ReactNode;
  readonly busy?: boolean;
}

export function Card({ title, children, busy = false }: CardProps): ReactNode {
  return (
    <div className="kimi-standing" role="status" aria-busy={busy}>
      <kimiIcon.react tag="div" className={busy ? 'kimi-standing-icon kimi-breathes' : 'kimi-standing-icon'} aria-hidden="true" />
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** A line to run in a cell, with a button that copies it. */
export function Line({ line }: { line: string }): ReactNode {
  const { say } = useServices();
  return (
    <div className="kimi-line-to-run">
      <code>{visible(line)}</code>
      <CopyButton text={() => line} label={say.copy} />
    </div>
  );
}

export function NoNotebook(): ReactNode {
  const { say } = useServices();
  return (
    <Card title={say.noNotebook}>
      <p>{say.noNotebookMore}</p>
    </Card>
  );
}

/** What stands in the chat's way; null where nothing does. Conversations that are there already stay readable. */
export function StatusCard({ chat }: { chat: Chat }): ReactNode {
  const { say, chooseKernel } = useServices();
  const { status } = chat;
  const again = (
    <button type="button" className="kimi-push kimi-push-first" onClick={() => chat.retry()}>
      {say.checkAgain}
    </button>
  );
  switch (status.is) {
    case 'ready':
      return null;
    case 'no-kernel':
      return (
        <Card title={say.noKernel}>
          <p>{say.noKernelMore}</p>
          <button type="button" className="kimi-push kimi-push-first" onClick={() => chooseKernel(chat.panel)}>
            {say.chooseKernel}
          </button>
        </Card>
      );
    case 'foreign':
      return (
        <Card title={say.foreign(visible(cut(status.language, 40)))}>
          <p>{say.foreignMore}</p>
        </Card>
      );
    case 'missing':
      return (
        <Card title={say.missing}>
          <p>{say.missingMore}</p>
          <Line line="%pip install kimi-jupyter" />
          {again}
        </Card>
      );
    case 'broken':
      return (
        <Card title={say.broken}>
          <p className="kimi-error">{visible(cut(status.text, 500))}</p>
          <Line line="%pip install --force-reinstall kimi-jupyter" />
          {again}
        </Card>
      );
    case 'version':
      return (
        <Card title={say.version}>
          <p>{say.versionMore}</p>
          <Line line={`%pip install kimi-jupyter==${PACKAGE_VERSION}`} />
          {again}
        </Card>
      );
    case 'silent':
      return (
        <Card title={say.silent}>
          <p>{say.silentMore}</p>
          {again}
        </Card>
      );
    case 'dead':
      return (
        <Card title={say.dead}>
          <p>{say.deadMore}</p>
        </Card>
      );
    case 'starting':
    case 'loading':
    case 'reconnecting':
    case 'restarting':
      return <Card busy title={status.is === 'loading' && status.busy ? say.loadingBusy : say[status.is]} />;
  }
}

/** The endpoint has no key: the one line to run. */
export function NoKey({ chat }: { chat: Chat }): ReactNode {
  const { say } = useServices();
  const endpoint = chat.state?.endpoint;
  if (!endpoint || endpoint.ready) {
    return null;
  }
  return (
    <section className="kimi-banner" aria-label={say.noKey(endpoint.title)}>
      <strong>{say.noKey(visible(endpoint.title))}</strong>
      {endpoint.why && <p>{visible(endpoint.why)}</p>}
      <p>{say.noKeyMore}</p>
      <Line line={endpoint.how || '%kimi key'} />
    </section>
  );
}
