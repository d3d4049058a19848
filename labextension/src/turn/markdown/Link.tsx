/** A link that leads nowhere until its whole address was shown and said yes to. */

import { useState, type ReactNode } from 'react';

import { useView } from '../context';

export function Link({ address, children }: { address: string; children: ReactNode }): ReactNode {
  const { host, say } = useView();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <button type="button" className="kimi-link" title={address} aria-expanded={asking} onClick={() => setAsking(!asking)}>
        {children}
      </button>
      {asking && (
        <span className="kimi-link-question" role="group" aria-label={say.openLink}>
          {say.openLink} <code>{address}</code>{' '}
          <button
            type="button"
            className="kimi-button"
            onClick={event => {
              if (event.isTrusted) {
                setAsking(false);
                host.openLink(address);
              }
            }}
          >
            {say.open}
          </button>{' '}
          <button type="button" className="kimi-button" onClick={() => setAsking(false)}>
            {say.notOpen}
          </button>
        </span>
      )}
    </>
  );
}
