import { useEffect } from 'react';
import { usePage } from '../app/usePage';
import { Notices } from '../parts/Notices';
import { Catalogue } from './Catalogue';
import { refreshKept } from './commands';
import { KeptModels } from './KeptModels';
import { LocalFiles } from './LocalFiles';
import { Modal } from './Modal';
import { OtherModel } from './OtherModel';
import './hub.css';

/** Models that do not ship with the page: of the hub, from this device, and what the browser keeps. */
export function ModelsDialog() {
  const page = usePage();
  useEffect(() => void refreshKept(page), [page]);
  return (
    <Modal
      title="More models"
      className="models-dialog"
      onClose={() => page.models.setState({ dialogOpen: false })}
    >
      {/* The page's own lie behind this dialog. */}
      <Notices />
      <Catalogue />
      <OtherModel />
      <LocalFiles />
      <KeptModels />
    </Modal>
  );
}
