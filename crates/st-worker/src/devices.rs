//! The compute devices that ggml can use in this build.

use std::ffi::{CStr, c_char, c_int};

use st_worker_protocol::{DeviceInfo, DeviceKind, WorkerError};
use whisper_rs::whisper_rs_sys as sys;

/// Id of the processor.
pub const CPU: &str = "cpu";

/// Every device, graphics cards first and the processor last.
pub fn list() -> Vec<DeviceInfo> {
    let mut devices: Vec<DeviceInfo> = raw().collect();
    if !devices.iter().any(|d| d.kind == DeviceKind::Cpu) {
        devices.push(DeviceInfo {
            id: CPU.into(),
            name: "processor".into(),
            kind: DeviceKind::Cpu,
            memory_total: 0,
            memory_free: 0,
            backend: "cpu".into(),
            bus: None,
            capability: None,
            driver: None,
            api: None,
        });
    }
    #[cfg(feature = "vulkan")]
    crate::vulkan::describe(&mut devices);
    devices.sort_by_key(|d| match d.kind {
        DeviceKind::Gpu => 0,
        DeviceKind::IntegratedGpu => 1,
        DeviceKind::Accelerator => 2,
        DeviceKind::Software => 3,
        DeviceKind::Cpu => 4,
    });
    devices
}

/// What whisper.cpp takes for a device: its number among the graphics units in ggml's order, or `None` for the
/// processor.
pub fn gpu_index(id: &str) -> Result<Option<c_int>, WorkerError> {
    if id == CPU {
        return Ok(None);
    }
    raw()
        .filter(|d| matches!(d.kind, DeviceKind::Gpu | DeviceKind::IntegratedGpu))
        .position(|d| d.id == id)
        .and_then(|index| c_int::try_from(index).ok())
        .map(Some)
        .ok_or_else(|| WorkerError::NoDevice { id: id.to_string() })
}

/// The backend that this worker was built with.
pub fn backend() -> &'static str {
    if cfg!(feature = "cuda") {
        "cuda"
    } else if cfg!(feature = "vulkan") {
        "vulkan"
    } else if cfg!(feature = "metal") {
        "metal"
    } else {
        "cpu"
    }
}

fn raw() -> impl Iterator<Item = DeviceInfo> {
    // SAFETY: no arguments; the registry is made at the first call.
    let count = unsafe { sys::ggml_backend_dev_count() };
    (0..count).filter_map(|index| {
        // SAFETY: the index is below the count; names are static strings of the backend.
        unsafe {
            let device = sys::ggml_backend_dev_get(index);
            if device.is_null() {
                return None;
            }
            let (mut free, mut total) = (0usize, 0usize);
            sys::ggml_backend_dev_memory(device, &raw mut free, &raw mut total);
            let kind = match sys::ggml_backend_dev_type(device) {
                sys::ggml_backend_dev_type_GGML_BACKEND_DEVICE_TYPE_CPU => DeviceKind::Cpu,
                sys::ggml_backend_dev_type_GGML_BACKEND_DEVICE_TYPE_GPU => DeviceKind::Gpu,
                sys::ggml_backend_dev_type_GGML_BACKEND_DEVICE_TYPE_IGPU => DeviceKind::IntegratedGpu,
                _ => DeviceKind::Accelerator,
            };
            // SAFETY: a plain struct that the backend fills; all-zero is a valid one.
            let mut props: sys::ggml_backend_dev_props = std::mem::zeroed();
            sys::ggml_backend_dev_get_props(device, &raw mut props);
            let bus = Some(text(props.device_id)).filter(|bus| !bus.is_empty() && kind != DeviceKind::Cpu);
            let id = if kind == DeviceKind::Cpu { CPU.into() } else { text(sys::ggml_backend_dev_name(device)) };
            Some(DeviceInfo {
                id,
                name: text(sys::ggml_backend_dev_description(device)),
                kind,
                memory_total: total as u64,
                memory_free: free as u64,
                backend: if kind == DeviceKind::Cpu { "cpu".into() } else { backend().into() },
                bus,
                capability: None,
                driver: None,
                api: None,
            })
        }
    })
}

/// # Safety
/// `string` is null or a valid C string.
unsafe fn text(string: *const c_char) -> String {
    if string.is_null() {
        return String::new();
    }
    // SAFETY: see above.
    unsafe { CStr::from_ptr(string).to_string_lossy().trim().to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_there_and_last() {
        let devices = list();
        assert_eq!(devices.last().map(|d| (d.id.as_str(), d.kind)), Some((CPU, DeviceKind::Cpu)));
        assert_eq!(gpu_index(CPU), Ok(None));
        assert!(matches!(gpu_index("CUDA99"), Err(WorkerError::NoDevice { .. })));
    }
}
