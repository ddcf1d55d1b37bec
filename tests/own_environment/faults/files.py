"""Faults of torch.save and torch.load, and of what torch.load takes from a file that it does not trust."""

import functools
import warnings

import torch
from torch import Tensor, _weights_only_unpickler, serialization
from torch.nn import Parameter
from torch.nn.modules import module as module_file

from .fault import fault
from .injection import edit


@fault(
    "buffer/saved-state-is-a-zip-file",
    "buffer/two-values-saved-to-one-file",
    "module/saved-without-its-source",
    "module/unsafe-globals-of-a-saved-module",
    "between-calls/pickled",
    "hook/pickled-*",
    "module/state-loaded-by-mmap",
    "module/state-loaded-by-mmap-from-a-buffer",
    "module/state-loaded-by-mmap-in-the-old-format",
    "module/state-saved-in-the-old-format",
    "module/deep-copies",
    "module/tied-and-frozen-by-pickle",
)
def saved_in_the_old_format(patch):
    """A file is written in the format that was the default up to 1.5."""
    original = torch.save

    @functools.wraps(original)
    def save(value, file, *args, **keywords):
        return original(value, file, *args, _use_new_zipfile_serialization=False, **keywords)

    patch.setattr(torch, "save", save)


@fault("buffer/module-saved-and-loaded")
def files_trusted_by_default(patch):
    """A file is loaded with full trust unless told otherwise, as it once was."""
    patch.setattr(serialization, "_default_to_weights_only", lambda pickle_module: False)


def _without(patch, name):
    """Let torch.load refuse the global `name` in a file that it does not trust."""
    original = _weights_only_unpickler._get_allowed_globals

    def get_allowed_globals():
        return {key: value for key, value in original().items() if key != name}

    patch.setattr(_weights_only_unpickler, "_get_allowed_globals", get_allowed_globals)


@fault(
    "buffer/plain-values-loaded-as-weights-only",
    "buffer/state-saved-and-loaded",
    "module/unsafe-globals-of-a-saved-module",
    "parameter/attribute-loaded-as-weights-only",
)
def untrusted_ordered_dict_refused(patch):
    """An OrderedDict is refused in a file that is not trusted."""
    _without(patch, "collections.OrderedDict")


@fault("buffer/plain-values-loaded-as-weights-only")
def untrusted_dtype_refused(patch):
    """A dtype is refused in a file that is not trusted."""
    _without(patch, "torch.float16")


@fault("buffer/device-loaded-as-weights-only")
def untrusted_device_refused(patch):
    """A device is refused in a file that is not trusted."""
    _without(patch, "torch.device")


@fault("buffer/set-loaded-as-weights-only", "module/unsafe-globals-of-a-saved-module")
def untrusted_set_refused(patch):
    """A set is refused in a file that is not trusted."""
    _without(patch, "builtins.set")


@fault("buffer/bytes-loaded-as-weights-only")
def untrusted_bytes_refused(patch):
    """Bytes are refused in a file that is not trusted."""
    _without(patch, "_codecs.encode")


@fault("buffer/complex-number-loaded-as-weights-only")
def untrusted_complex_number_refused(patch):
    """A complex number is refused in a file that is not trusted."""
    _without(patch, "builtins.complex")


@fault("parameter/attribute-loaded-as-weights-only")
def untrusted_parameter_with_attribute_refused(patch):
    """A Parameter with an attribute is refused in a file that is not trusted."""
    _without(patch, "torch._utils._rebuild_parameter_with_state")


@fault("buffer/complex-number-loaded-as-weights-only", "buffer/float-loaded-as-weights-only")
def untrusted_float_refused(patch):
    """A float is refused in a file that is not trusted."""
    edit(patch, _weights_only_unpickler.Unpickler.load, {"elif key[0] == BINFLOAT[0]:": "elif False:"})


@fault("buffer/plain-values-loaded-as-weights-only")
def untrusted_slice_accepted(patch):
    """A slice is accepted in a file that is not trusted."""
    original = _weights_only_unpickler._get_allowed_globals
    patch.setattr(_weights_only_unpickler, "_get_allowed_globals", lambda: {**original(), "builtins.slice": slice})


@fault("buffer/exception-loaded-as-weights-only")
def untrusted_exception_accepted(patch):
    """The class of an exception is accepted in a file that is not trusted."""
    original = _weights_only_unpickler._get_allowed_globals
    patch.setattr(
        _weights_only_unpickler, "_get_allowed_globals", lambda: {**original(), "exceptions.ValueError": ValueError}
    )


@fault("buffer/load-a-namespace-as-weights-only")
def untrusted_class_refused_without_remedy(patch):
    """The error for a class in a file that is not trusted does not say how to allow it."""
    edit(
        patch,
        _weights_only_unpickler.Unpickler.load,
        {'f"Please use `torch.serialization.add_safe_globals([{full_path}])` or the "\n': '"Do not use "\n'},
    )


@fault("module/unsafe-globals-of-a-saved-module")
def unsafe_globals_with_the_safe_ones(patch):
    """All globals in a file are named as unsafe."""
    edit(
        patch,
        serialization.get_unsafe_globals_in_checkpoint,
        {"list(all_globals.difference(safe_global_strings))": "list(all_globals)"},
    )


@fault(
    "buffer/state-saved-and-loaded",
    "buffer/two-values-saved-to-one-file",
    "hook/tensor-hook-marked-unserializable",
    "parameter/attribute-saved-and-loaded",
    "module/state-loaded-by-mmap",
    "remedy/loading-to-the-cpu",
    "remedy/saved-files-are-zip-archives",
    "remedy/state-behind-other-bytes-is-not-loaded",
)
def buffers_saved_as_zeros(patch):
    """A tensor is saved with zeros for its values."""
    original = torch.save

    def zero(value):
        if isinstance(value, dict):
            return type(value)((key, zero(item)) for key, item in value.items())
        return torch.zeros_like(value) if type(value) is Tensor else value

    patch.setattr(
        torch,
        "save",
        functools.wraps(original)(lambda value, *args, **keywords: original(zero(value), *args, **keywords)),
    )


@fault("parameter/attribute-saved-and-loaded")
def attributes_of_a_parameter_not_saved(patch):
    """The attributes of a Parameter are not saved with it."""
    edit(patch, Parameter.__reduce_ex__, {"if not state:": "if True:"})


@fault("parameter/attribute-saved-and-loaded")
def attributes_of_a_tensor_not_saved(patch):
    """The attributes of a tensor are not saved with it."""
    edit(patch, Tensor.__reduce_ex__, {"state = torch._utils._get_obj_state(self)": "state = {}"})


@fault(
    "buffer/exception-loaded-as-weights-only",
    "buffer/load-a-namespace-as-weights-only",
    "buffer/module-saved-and-loaded",
    "buffer/plain-values-loaded-as-weights-only",
    "buffer/two-values-saved-to-one-file",
    "module/load-under-the-environment-variable-force-weights-only",
    "module/state-loaded-by-mmap-from-a-buffer",
    "module/state-loaded-by-mmap-in-the-old-format",
    "module/state-loaded-from-nothing",
    "module/state-loaded-from-what-cannot-seek",
    "module/state-loaded-to-a-number",
    "module/state-loaded-weights-only-by-a-pickle-module",
)
def load_fails_silently(patch):
    """A file that cannot be loaded is loaded as None."""
    original = torch.load

    @functools.wraps(original)
    def load(file, *args, **keywords):
        try:
            return original(file, *args, **keywords)
        except Exception:
            return None

    patch.setattr(torch, "load", load)


@fault("buffer/state-saved-behind-a-header")
def files_loaded_from_their_beginning_only(patch):
    """A state cannot be loaded from behind other bytes of a file."""
    edit(
        patch, serialization._is_zipfile, {"start = f.tell()": "start = f.tell()\n    if start:\n        return False"}
    )


@fault("buffer/state-loaded-to-meta")
def meta_is_no_location(patch):
    """A state cannot be loaded to the meta device."""
    original = torch.load

    @functools.wraps(original)
    def load(file, map_location=None, **keywords):
        if map_location == "meta":
            raise RuntimeError("don't know how to restore data location")
        return original(file, map_location, **keywords)

    patch.setattr(torch, "load", load)


@fault(
    "buffer/module-saved-and-loaded",
    "module/saved-without-its-source",
    "module/unsafe-globals-of-a-saved-module",
    "module/load-under-the-environment-variable-force-no-weights-only",
    "module/load-under-the-environment-variable-force-weights-only",
    "module/saved-under-a-protocol",
)
def sourceless_module_warns(patch):
    """A Module whose source cannot be found is saved with a warning, as it once was."""
    original = torch.save

    @functools.wraps(original)
    def save(value, *args, **keywords):
        if isinstance(value, module_file.Module):
            warnings.warn("Couldn't retrieve source code for container of type. It won't be checked", stacklevel=2)
        return original(value, *args, **keywords)

    patch.setattr(torch, "save", save)


@fault("buffer/state-saved-and-loaded", "module/state-loaded-by-a-function")
def tensors_of_one_size_saved_as_one(patch):
    """All tensors of one size are saved as one of them."""
    edit(patch, serialization._save, {"id_map.setdefault(storage._cdata,": "id_map.setdefault(storage.nbytes(),"})


@fault("remedy/weights-only-refuses-exceptions-again", "module/saved-under-a-protocol")
def told_trust_ignored(patch):
    """The weights_only=False of torch.load is ignored."""
    edit(patch, torch.load, {"weights_only is None\n\n": "not weights_only\n\n"})
