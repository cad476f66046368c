//! Vulkan without linking it. ggml refers to three functions of Vulkan's library by name; they are defined here and go to
//! the library where the system has one, so that this program starts without it and then has the processor alone.
//!
//! Also what ggml does not tell about its devices: the driver, the version of Vulkan, and which of them the processor
//! plays.

use std::ffi::{CStr, c_char, c_void};
use std::ptr;
use std::sync::OnceLock;

use libloading::Library;
use st_worker_protocol::{DeviceInfo, DeviceKind};

/// A function of any shape, to be cast before it is called.
type Function = unsafe extern "system" fn();
type GetInstanceProcAddr = unsafe extern "system" fn(Handle, *const c_char) -> Option<Function>;
/// An instance, a device, a buffer of commands.
type Handle = *mut c_void;

/// `VK_SUCCESS` and `VK_ERROR_INITIALIZATION_FAILED`.
const SUCCESS: i32 = 0;
const FAILED: i32 = -3;

/// The library's names, as its loader is installed.
const NAMES: &[&str] = if cfg!(windows) {
    &["vulkan-1.dll"]
} else if cfg!(target_os = "macos") {
    &["libvulkan.1.dylib", "libMoltenVK.dylib"]
} else {
    &["libvulkan.so.1"]
};

/// Vulkan's library; none where the system has none.
fn library() -> Option<&'static Library> {
    static LIBRARY: OnceLock<Option<Library>> = OnceLock::new();
    // SAFETY: the loader of Vulkan does nothing at its loading; it stays loaded to the end of the process.
    let load = || NAMES.iter().find_map(|name| unsafe { Library::new(*name) }.ok());
    LIBRARY.get_or_init(load).as_ref()
}

/// A function that the library exports.
fn exported<T: Copy>(name: &CStr) -> Option<T> {
    // SAFETY: every caller names a function of Vulkan 1.1 and gives its type.
    unsafe { library()?.get::<T>(name.to_bytes_with_nul()) }.ok().map(|symbol| *symbol)
}

/// Finds Vulkan's functions. Where there is no library it knows one: that which is asked for the version, and fails.
/// (ggml calls it without looking whether it is there, and takes its failure for a system without Vulkan.)
///
/// # Safety
/// As Vulkan has it: `instance` is null or one that lives, `name` a C string.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn vkGetInstanceProcAddr(instance: Handle, name: *const c_char) -> Option<Function> {
    static REAL: OnceLock<Option<GetInstanceProcAddr>> = OnceLock::new();
    match REAL.get_or_init(|| exported(c"vkGetInstanceProcAddr")) {
        // SAFETY: what the caller promised.
        Some(real) => unsafe { real(instance, name) },
        None => {
            // SAFETY: a C string, by the caller's promise.
            let asked = unsafe { CStr::from_ptr(name) };
            let no_version: unsafe extern "system" fn(*mut u32) -> i32 = no_version;
            // SAFETY: the caller casts it back to what this name stands for.
            (asked == c"vkEnumerateInstanceVersion").then(|| unsafe { std::mem::transmute(no_version) })
        }
    }
}

unsafe extern "system" fn no_version(_version: *mut u32) -> i32 {
    FAILED
}

/// Passes on to the library. Who has a device has a library.
///
/// # Safety
/// As Vulkan has it: a device that lives, and a chain of structs to be filled.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn vkGetPhysicalDeviceFeatures2(device: Handle, features: *mut c_void) {
    let real: Option<unsafe extern "system" fn(Handle, *mut c_void)> = exported(c"vkGetPhysicalDeviceFeatures2");
    let Some(real) = real else { no_such_function() };
    // SAFETY: what the caller promised.
    unsafe { real(device, features) }
}

/// Passes on to the library.
///
/// # Safety
/// As Vulkan has it: handles that live, and `count` regions.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn vkCmdCopyBuffer(
    commands: Handle,
    from: u64,
    to: u64,
    count: u32,
    regions: *const c_void,
) {
    type Real = unsafe extern "system" fn(Handle, u64, u64, u32, *const c_void);
    static REAL: OnceLock<Option<Real>> = OnceLock::new();
    let Some(real) = REAL.get_or_init(|| exported(c"vkCmdCopyBuffer")) else { no_such_function() };
    // SAFETY: what the caller promised.
    unsafe { real(commands, from, to, count, regions) }
}

fn no_such_function() -> ! {
    eprintln!("The Vulkan library of this system lacks a function of Vulkan 1.1.");
    std::process::abort();
}

/// What a device's driver says.
#[derive(Debug, PartialEq, Eq)]
struct Described {
    name: String,
    bus: Option<String>,
    api: String,
    driver: String,
    played: bool,
}

/// Puts in what the drivers say about the devices that ggml found.
pub fn describe(devices: &mut [DeviceInfo]) {
    let described = ask().unwrap_or_default();
    for index in 0..devices.len() {
        let (before, from) = devices.split_at_mut(index);
        let Some(device) = from.first_mut().filter(|device| device.backend == "vulkan") else { continue };
        let number = before.iter().filter(|other| other.backend == "vulkan" && other.name == device.name).count();
        let by_bus = || device.bus.as_ref().and_then(|bus| described.iter().find(|d| d.bus.as_ref() == Some(bus)));
        let by_name = || described.iter().filter(|d| d.name == device.name).nth(number);
        let Some(found) = by_bus().or_else(by_name) else { continue };
        device.driver = Some(found.driver.clone());
        device.api = Some(found.api.clone());
        if found.played {
            device.kind = DeviceKind::Software;
        }
    }
}

/// `VkInstanceCreateInfo`, `VkApplicationInfo`.
#[repr(C)]
struct InstanceInfo {
    kind: i32,
    next: *const c_void,
    flags: u32,
    application: *const ApplicationInfo,
    layers: u32,
    layer_names: *const c_void,
    extensions: u32,
    extension_names: *const c_void,
}

#[repr(C)]
struct ApplicationInfo {
    kind: i32,
    next: *const c_void,
    name: *const c_char,
    version: u32,
    engine: *const c_char,
    engine_version: u32,
    api: u32,
}

/// `VkPhysicalDeviceProperties2`: what stands before the limits, and room for more than these take (544 bytes).
#[repr(C)]
struct Properties {
    kind: i32,
    next: *mut c_void,
    api: u32,
    driver: u32,
    maker: u32,
    number: u32,
    device_kind: i32,
    name: [c_char; 256],
    cache: [u8; 16],
    rest: [u64; 128],
}

/// `VkPhysicalDeviceDriverProperties`.
#[repr(C)]
struct DriverProperties {
    kind: i32,
    next: *mut c_void,
    id: i32,
    name: [c_char; 256],
    info: [c_char; 256],
    conformance: [u8; 4],
}

/// `VkPhysicalDevicePCIBusInfoPropertiesEXT`.
#[repr(C)]
struct BusProperties {
    kind: i32,
    next: *mut c_void,
    domain: u32,
    bus: u32,
    device: u32,
    function: u32,
}

/// The values of `sType` (Vulkan 1.3, "vulkan_core.h").
const INSTANCE_INFO: i32 = 1;
const PROPERTIES: i32 = 1_000_059_001;
const DRIVER_PROPERTIES: i32 = 1_000_196_000;
const BUS_PROPERTIES: i32 = 1_000_212_000;
/// `VK_PHYSICAL_DEVICE_TYPE_CPU`.
const PLAYED: i32 = 4;
/// `VK_API_VERSION_1_2`: what ggml asks for at least.
const API: u32 = 1 << 22 | 2 << 12;
/// A number that no bus has: where it stays, the driver does not tell the place.
const UNTOLD: u32 = u32::MAX;

/// Asks every driver about its devices, in Vulkan's order. None where there is no Vulkan.
fn ask() -> Option<Vec<Described>> {
    type Create = unsafe extern "system" fn(*const InstanceInfo, *const c_void, *mut Handle) -> i32;
    type Destroy = unsafe extern "system" fn(Handle, *const c_void);
    let create: Create = exported(c"vkCreateInstance")?;
    let destroy: Destroy = exported(c"vkDestroyInstance")?;
    let application = ApplicationInfo {
        kind: 0,
        next: ptr::null(),
        name: ptr::null(),
        version: 0,
        engine: ptr::null(),
        engine_version: 0,
        api: API,
    };
    let info = InstanceInfo {
        kind: INSTANCE_INFO,
        next: ptr::null(),
        flags: 0,
        application: &raw const application,
        layers: 0,
        layer_names: ptr::null(),
        extensions: 0,
        extension_names: ptr::null(),
    };
    let mut instance = ptr::null_mut();
    // SAFETY: the structs are as Vulkan has them and live through the call.
    if unsafe { create(&raw const info, ptr::null(), &raw mut instance) } != SUCCESS {
        return None;
    }
    let devices = devices(instance);
    // SAFETY: made above, used by nobody else, and nothing that was got from it is used after this.
    unsafe { destroy(instance, ptr::null()) };
    devices
}

fn devices(instance: Handle) -> Option<Vec<Described>> {
    type Enumerate = unsafe extern "system" fn(Handle, *mut u32, *mut Handle) -> i32;
    type Ask = unsafe extern "system" fn(Handle, *mut Properties);
    let enumerate: Enumerate = exported(c"vkEnumeratePhysicalDevices")?;
    let ask: Ask = exported(c"vkGetPhysicalDeviceProperties2")?;
    let mut devices = [ptr::null_mut(); 32];
    let mut count = devices.len() as u32;
    // SAFETY: the instance lives; `count` is the room that there is. More devices than that are left out.
    if unsafe { enumerate(instance, &raw mut count, devices.as_mut_ptr()) } < SUCCESS {
        return None;
    }
    let described = |device: &Handle| {
        // SAFETY: plain numbers and null pointers.
        let (mut bus, mut driver, mut all): (BusProperties, DriverProperties, Properties) =
            unsafe { (std::mem::zeroed(), std::mem::zeroed(), std::mem::zeroed()) };
        (bus.kind, bus.domain) = (BUS_PROPERTIES, UNTOLD);
        (driver.kind, driver.next) = (DRIVER_PROPERTIES, (&raw mut bus).cast());
        (all.kind, all.next) = (PROPERTIES, (&raw mut driver).cast());
        // SAFETY: the device is one of the instance; drivers leave structs of the chain alone that they do not know.
        unsafe { ask(*device, &raw mut all) };
        let (name, info) = (text(&driver.name), text(&driver.info));
        let told = format!("{name} {info}");
        Described {
            name: text(&all.name),
            bus: (bus.domain != UNTOLD)
                .then(|| format!("{:04x}:{:02x}:{:02x}.{:x}", bus.domain, bus.bus, bus.device, bus.function)),
            api: format!("{}.{}.{}", all.api >> 22 & 0x7f, all.api >> 12 & 0x3ff, all.api & 0xfff),
            driver: if told.trim().is_empty() { format!("{:x}", all.driver) } else { told.trim().to_owned() },
            played: all.device_kind == PLAYED,
        }
    };
    Some(devices[..count as usize].iter().map(described).collect())
}

/// A C string in an array that may be full.
fn text(array: &[c_char]) -> String {
    let bytes: Vec<u8> = array.iter().take_while(|c| **c != 0).map(|c| c.to_ne_bytes()[0]).collect();
    String::from_utf8_lossy(&bytes).trim().to_owned()
}
